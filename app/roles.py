"""Which loops each role runs (`docs/roles.md` has the same as a table).

A role is a coroutine `(settings, stop)` that runs until `stop` is set and then ends what it began. Its imports stand
inside, so that a role loads only what it needs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from app.settings import Settings

if TYPE_CHECKING:
    from app.wiring import Wiring

Role = Callable[[Settings, asyncio.Event], Awaitable[None]]

ROLES: dict[str, Role] = {}


class NoSuchRole(Exception):
    """The text names the role and those there are."""


def role(name: str) -> Callable[[Role], Role]:
    """Register a coroutine as what `hamyar run --role NAME` runs."""

    def register(run: Role) -> Role:
        ROLES[name] = run
        return run

    return register


@role("simulator")
async def simulator(settings: Settings, stop: asyncio.Event) -> None:
    """The municipal systems, played over HTTP; what was filed there survives a restart."""
    from urllib.parse import urlsplit

    from app.paths import VAR
    from app.serving import serve
    from integrations.registry import SYSTEMS_FOLDER, load_registry
    from integrations.simulator.application import create_app

    url = settings.hamyar_simulator_url
    application = create_app(load_registry(SYSTEMS_FOLDER, {}, url), state=VAR / "simulator.json")
    parts = urlsplit(url)
    await serve(application, parts.hostname or "127.0.0.1", parts.port or 80, stop)


@role("bot")
async def bot(settings: Settings, stop: asyncio.Event) -> None:
    """Receives from Telegram and Bale: long polling into the inbox, or the care for the webhook's registration."""
    from app.wiring import Wiring
    from bot.watch import Watch
    from bot.webhooks import secret_token, webhook_path

    wiring = Wiring(settings)
    secret = settings.hamyar_secret_key.get_secret_value()
    modes = {"telegram": settings.telegram_mode, "bale": settings.bale_mode}
    receiving = [asyncio.create_task(Watch(wiring.store, wiring.messengers).run(stop))]
    try:
        for name, channel in wiring.messengers.items():
            if modes[name] == "webhook":
                url = settings.public_url + webhook_path(secret, name)
                work = channel.keep_webhook(url, secret_token(secret), stop)
            else:
                inbox = wiring.inbox
                work = channel.run(inbox.receive, inbox.dead_letter, inbox.receive_all)
            receiving.append(asyncio.create_task(work))
        await stop.wait()
        for channel in wiring.messengers.values():
            channel.stop()
        await asyncio.wait(receiving, timeout=5)
    finally:
        for task in receiving:
            task.cancel()
        await wiring.close()


@role("worker")
async def worker(settings: Settings, stop: asyncio.Event) -> None:
    """Turns, sender, attachments, dispatcher, status sync, clock."""
    import os
    import socket

    from app.photos import PhotosOf
    from app.wiring import Wiring
    from bot.attachments import SYSTEM, Fetcher, FolderSource, Source
    from bot.channels.webchat_backend import UPLOADS
    from bot.outbox import Outbox
    from bot.rates import Rates
    from bot.turns import TurnWorker
    from casework.clock import Clock
    from casework.set_back import SetBack
    from integrations.connections import Connections
    from integrations.dispatcher import Dispatcher
    from integrations.mail.replies import MAILS
    from integrations.status_sync import StatusSync
    from integrations.system_files import SystemFiles

    wiring = Wiring(settings)
    store, knowledge = wiring.store, wiring.knowledge
    connections = Connections(wiring.registry)
    recogniser = wiring.recogniser
    turns = TurnWorker(
        store,
        wiring.understanding,
        knowledge,
        wiring.danger,
        demo=wiring.demo,
        file_patience=3.0,
        voice_patience=25.0 if recogniser else 0.0,
    )
    sources: dict[str, Source] = {"webchat": FolderSource(settings.hamyar_attachments / UPLOADS)}
    sources |= wiring.messengers
    mails = FolderSource(settings.hamyar_attachments / MAILS)
    sources |= {
        f"{SYSTEM}{name}": mails if system.mail else PhotosOf(SystemFiles(system))
        for name, system in wiring.registry.systems.items()
        if system.url
    }
    dispatcher = Dispatcher(
        store,
        connections,
        knowledge.lifecycle,
        owner=f"{socket.gethostname()}:{os.getpid()}",
        services=knowledge.catalogue.services,
        media_urls=wiring.links.urls,
    )
    loops = [
        turns.run(stop),
        Fetcher(
            store,
            sources,
            settings.hamyar_attachments,
            knowledge.texts,
            recogniser,
            wiring.links.url,
            knowledge.routing.takes_additions,
        ).run(stop),
        dispatcher.run(stop),
        StatusSync(store, connections, knowledge.lifecycle).run(stop),
        Clock(store, knowledge.lifecycle).run(stop),
        SetBack(store).run(stop),
    ]
    if wiring.messengers:
        rates = Rates(settings.redis_url)
        loops.append(Outbox(store, wiring.messengers, knowledge, rates).run(stop))
    try:
        await asyncio.gather(*loops)
    finally:
        await connections.aclose()
        await wiring.close()


@role("web")
async def web(settings: Settings, stop: asyncio.Event) -> None:
    """Public pages, web chat, webhooks, health; replies by e-mail where `HAMYAR_MAIL_LISTEN` is set."""
    from app.serving import serve
    from app.wiring import Wiring
    from bot.channels.webchat import Bell, webchat_routes
    from bot.channels.webchat_backend import DatabaseWebChat
    from bot.channels.webchat_limits import WebChatLimits
    from bot.rates import Rates
    from bot.webhooks import webhook_routes
    from integrations.status_reports import StatusReports
    from web.open311.app import open311_routes
    from web.public.app import create_public_app
    from web.public.files import file_route
    from web.system_notices import system_notices_route

    wiring = Wiring(settings)
    secret, bell = settings.hamyar_secret_key.get_secret_value(), Bell()
    backend = DatabaseWebChat(wiring.store, wiring.inbox, wiring.knowledge, settings.hamyar_attachments)
    status = StatusReports(wiring.store, wiring.knowledge.lifecycle)
    application = create_public_app(
        [
            *webchat_routes(
                backend,
                secret,
                bell=bell,
                limits=WebChatLimits(wiring.store, Rates(settings.redis_url)),
                public_url=settings.public_url,
            ),
            *webhook_routes(wiring.messengers, wiring.inbox, secret),
            *open311_routes(wiring.open311),
            system_notices_route(wiring.registry, status),
            file_route(wiring.store, wiring.links, settings.hamyar_attachments),
        ],
        checks=checks(wiring),
        demo=wiring.demo,
    )
    closing = asyncio.create_task(_then(stop, bell.close))
    loops = [
        serve(
            application,
            settings.hamyar_host,
            settings.hamyar_port,
            stop,
            trusted_proxies=settings.trusted_proxies,
        )
    ]
    if settings.mail_address and settings.mail_route:
        from integrations.mail.listener import listen
        from integrations.mail.replies import MAILS, MailReplies

        replies = MailReplies(
            wiring.store, wiring.registry, status, settings.mail_route, settings.hamyar_attachments / MAILS
        )
        loops.append(listen(replies, *settings.mail_address, stop))
    try:
        await asyncio.gather(*loops)
    finally:
        closing.cancel()
        await wiring.close()


@role("console")
async def console(settings: Settings, stop: asyncio.Event) -> None:
    """`/metrics` and health on a port of its own; the operators' console itself is still to come (ROADMAP)."""
    from starlette.applications import Starlette

    from app.metrics import metrics_route
    from app.serving import serve
    from app.wiring import Wiring
    from web.health import healthz_route, readyz_route

    wiring = Wiring(settings)
    routes = [healthz_route(), readyz_route(checks(wiring)), metrics_route(wiring.store)]
    try:
        await serve(Starlette(routes=routes), settings.hamyar_host, settings.hamyar_console_port, stop)
    finally:
        await wiring.close()


@role("chat")
async def chat(settings: Settings, stop: asyncio.Event) -> None:
    """One conversation in this terminal (`make chat`)."""
    from app.terminal import converse
    from app.wiring import Wiring

    wiring = Wiring(settings)
    try:
        await converse(wiring, stop)
    finally:
        await wiring.close()


def checks(wiring: Wiring) -> dict[str, Callable[[], Awaitable[str | None]]]:
    """What /readyz asks: the database answers, Rasa answers, no turn waits too long, the messengers are heard."""
    from app.health import database_answers, nothing_waits, rasa_answers
    from bot.watch import messengers_work

    found: dict[str, Callable[[], Awaitable[str | None]]] = {
        "database": lambda: database_answers(wiring.store),
        "understanding": lambda: rasa_answers(wiring.settings),
        "turns": lambda: nothing_waits(wiring.store),
    }
    if wiring.messengers:
        found["messengers"] = lambda: messengers_work(wiring.store, tuple(wiring.messengers))
    return found


async def _then(stop: asyncio.Event, act: Callable[[], None]) -> None:
    await stop.wait()
    act()


async def run_role(name: str, settings: Settings, stop: asyncio.Event) -> None:
    """Run one role in this process until `stop` is set. Raises NoSuchRole."""
    if name not in ROLES:
        raise NoSuchRole(f"there is no role {name}; there are {', '.join(sorted(ROLES))}")
    await ROLES[name](settings, stop)
