"""A recogniser of speech: what it answers, what it may not do, and what comes of its words."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from actions.dialogue import Knowledge
from bot.attachments import Fetcher
from bot.incoming import IncomingAttachment
from bot.speech import LONGEST, HttpRecogniser, SpeechError
from bot.turns import TurnWorker
from casework.tables import Attachment
from tests.support.citizen import BIKE, Citizen, Hamyar
from tests.support.speech import voice_saying


def recogniser(
    answer: httpx.Response | Exception, asked: list[httpx.Request] | None = None
) -> HttpRecogniser:
    def handle(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    return HttpRecogniser("http://speech.test/inference", "secret", client=client)


async def test_the_words_come_in_one_line_and_the_token_goes_along() -> None:
    asked: list[httpx.Request] = []
    heard = recogniser(httpx.Response(200, json={"text": " چراغ \n خاموش است "}), asked)
    assert await heard.words_in(b"OggS", "audio/ogg") == "چراغ خاموش است"
    assert asked[0].headers["Authorization"] == "Bearer secret"
    assert b'filename="voice.ogg"' in asked[0].content and b"OggS" in asked[0].content


async def test_no_more_than_a_message_of_words() -> None:
    heard = recogniser(httpx.Response(200, json={"text": "آ" * 9000}))
    assert len(await heard.words_in(b"", "audio/ogg")) == LONGEST


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, text="secret words"),
        httpx.Response(200, text="<html>secret words"),
        httpx.Response(200, json={"text": 5}),
        httpx.Response(200, json=["secret words"]),
        httpx.ReadTimeout("secret words"),
    ],
)
async def test_what_is_no_answer_is_an_error_that_says_nothing_of_the_words(
    answer: httpx.Response | Exception,
) -> None:
    with pytest.raises(SpeechError) as raised:
        await recogniser(answer).words_in(b"", "audio/ogg")
    assert "secret" not in str(raised.value)


class Files:
    def __init__(self, content: bytes) -> None:
        self.content = content

    async def download(self, file_id: str, limit_bytes: int) -> bytes:
        return self.content


def fetcher(hamyar: Hamyar, knowledge: Knowledge, folder: Path, heard: HttpRecogniser | None) -> Fetcher:
    return Fetcher(hamyar.store, {"telegram": Files(voice_saying("x"))}, folder, knowledge.texts, heard)


async def voice(hamyar: Hamyar, citizen: Citizen) -> None:
    await hamyar.inbox.receive(citizen.update(attachments=(IncomingAttachment("voice", "v"),)))


async def test_the_turn_waits_for_the_words_and_says_what_was_heard(
    hamyar: Hamyar, citizen: Citizen, knowledge: Knowledge, tmp_path: Path
) -> None:
    worker = TurnWorker(
        hamyar.store,
        hamyar.understanding,  # type: ignore[arg-type]
        knowledge,
        hamyar.danger,
        voice_patience=30,
    )
    await voice(hamyar, citizen)
    assert not await worker.work_once(), "the voice is not fetched yet"
    words = recogniser(httpx.Response(200, json={"text": BIKE}))
    assert await fetcher(hamyar, knowledge, tmp_path, words).work_once()
    async with hamyar.store.write() as session:
        from casework.tables import Turn, utc_now

        for turn in await session.scalars(select(Turn)):
            turn.due_at = utc_now()
    assert await worker.work_once()
    heard = await citizen.listens()
    assert [one.key for one in heard] == ["voice.heard", "summary.ask"]
    assert BIKE in heard[0].message.text


async def test_a_recogniser_that_fails_costs_nothing(
    hamyar: Hamyar, citizen: Citizen, knowledge: Knowledge, tmp_path: Path
) -> None:
    await voice(hamyar, citizen)
    await fetcher(hamyar, knowledge, tmp_path, recogniser(httpx.Response(503))).work_once()
    async with hamyar.store.read() as session:
        (file,) = await session.scalars(select(Attachment))
    assert file.state == "kept" and file.transcript is None
    await hamyar.work()
    assert [one.key for one in await citizen.listens()] == ["intake.matter_with_voice"]
