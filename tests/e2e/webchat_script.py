"""A city that answers by script: what the page shows without Rasa, database or dialogue."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import uvicorn

from bot.channels.webchat import Bell, Card, ThreadItem, webchat_routes
from bot.channels.webchat_memory import Answer, MemoryWebChat
from bot.incoming import Incoming
from bot.outgoing import InlineButton, Key
from web.public.app import create_public_app


def city(text: str, **more: object) -> ThreadItem:
    return ThreadItem(seq=0, author="city", text=text, at=datetime.now(UTC), **more)  # type: ignore[arg-type]


def rows(*lines: tuple[str, ...]) -> tuple[tuple[InlineButton, ...], ...]:
    return tuple(tuple(InlineButton(label, token=f"t-{label}") for label in line) for line in lines)


CARD = Card(
    tracking_number_shown="۴۸۲ ۹۱۳ ۵۰۷",
    service="ایستگاه دوچرخهٔ اشتراکی",
    place="بولوار هدایت، منطقهٔ ۹",
    agency="شهرداری منطقهٔ ۹",
    status="ثبت شد",
    usual_time="معمولاً تا ۷ روز",
)


def bicycle_script(incoming: Incoming) -> list[ThreadItem]:
    if incoming.button_token == "t-بله، ثبت شود":
        return [
            city(
                "درخواستتان ثبت شد و به شهرداری منطقهٔ ۹ رسید.\nخبرش را همین‌جا می‌دهیم.", card=CARD, keyboard=()
            ),
        ]
    if incoming.button_token:
        return [city("باشد. چه چیزی را درست کنیم؟", inline=rows(("موضوع", "محل"), ("لغو", "مرحلهٔ قبل")))]
    if incoming.attachments:
        return [
            city(
                "عکس رسید. موضوع کدام است؟",
                inline=rows(("آسفالت و چاله",), ("زباله و نظافت",), ("هیچ‌کدام، موضوع دیگری است",)),
            )
        ]
    if incoming.pin:
        return [city("موقعیت رسید: محلهٔ الهیه، منطقهٔ ۱۲.")]
    if "کجا" in incoming.text:
        return [
            city(
                "این مشکل کجاست؟ نام خیابان را بنویسید یا موقعیتتان را بفرستید.",
                keyboard=((Key("📍 موقعیت من", request_location=True),), (Key("لغو"), Key("مرحلهٔ قبل"))),
            )
        ]
    if "هدایت" in incoming.text:
        return [
            city(
                "این را فهمیدم:\nموضوع: ایستگاه دوچرخهٔ اشتراکی\nمحل: بولوار هدایت، منطقهٔ ۹\nثبت شود؟",
                inline=rows(("بله، ثبت شود",), ("اصلاح می‌کنم", "لغو")),
            )
        ]
    return [city(f"پیامتان رسید: {incoming.text}")]


@dataclass
class RunningPage:
    url: str
    backend: MemoryWebChat


@contextmanager
def running_page(
    answer: Answer = bicycle_script, *, seconds: float = 0.0, demo: bool = False
) -> Iterator[RunningPage]:
    """The public application on a free port of loopback, in a thread of its own."""
    bell = Bell()
    backend = MemoryWebChat(answer, bell=bell, seconds=seconds)
    app = create_public_app(webchat_routes(backend, "test-secret", bell=bell), demo=demo)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    try:
        yield RunningPage(f"http://127.0.0.1:{listener.getsockname()[1]}", backend)
    finally:
        server.should_exit = True
        bell.close()
        thread.join(5)
        listener.close()
