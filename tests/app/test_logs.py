from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from app.logs import mask, set_up_logging


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    set_up_logging("worker", form="json", stream=stream)
    yield stream
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)
    structlog.reset_defaults()


def events(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_fields_that_hold_what_a_citizen_wrote_are_dropped_to_their_length(written: io.StringIO) -> None:
    structlog.get_logger().info(
        "turn done", text="چاله در هدایت", phone="09151234567", tracking_number="123456789", turn=7
    )
    (event,) = events(written)
    assert event["text"] == "<str:13>" and event["turn"] == 7 and event["role"] == "worker"
    assert "0915" not in written.getvalue() and "123456789" not in written.getvalue()


def test_the_tracking_number_is_not_written_under_any_name(written: io.StringIO) -> None:
    structlog.get_logger().info(
        "filed", reference="123-456-789", nested={"phone": ["0915"], "id": "+98 915 123 4567"}
    )
    assert "456" not in written.getvalue() and "4567" not in written.getvalue()


def test_an_error_shows_its_place_but_not_the_words_in_it(written: io.StringIO) -> None:
    try:
        raise ValueError("cannot understand چاله در بولوار هدایت")
    except ValueError:
        structlog.get_logger().exception("turn failed")
    (event,) = events(written)
    assert "test_logs.py" in event["exception"] and "ValueError: cannot understand <fa:" in event["exception"]
    assert "هدایت" not in written.getvalue()


def test_foreign_loggers_go_through_the_same_chain(written: io.StringIO) -> None:
    logging.getLogger("some.library").warning(
        "sent %s to %s", "سلام", "https://api.telegram.org/bot12345678:AAAAAAAAAAAAAAAAAAAAAAAAA/x"
    )
    (event,) = events(written)
    assert event["level"] == "warning" and "AAAA" not in event["event"] and "سلام" not in event["event"]


def test_httpx_does_not_write_the_address_of_a_call(written: io.StringIO) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200))
    with httpx.Client(transport=transport) as client:
        client.get("https://tapi.bale.ai/bot12345678:AAAAAAAAAAAAAAAAAAAAAAAAA/getMe")
    assert written.getvalue() == ""


def test_times_ports_and_short_numbers_stay_readable() -> None:
    line = "2026-11-25T01:50:40Z listening on 127.0.0.1:8080 after 1234567 ms, pid 4711"
    assert mask(line) == line


@pytest.mark.parametrize(
    "secret",
    [
        "token=abc.def",
        "postgresql+asyncpg://hamyar:pw-1@db/x",
        "RASA_TOKEN: xyz",
        "\\u0633\\u0644\\u0627\\u0645",
    ],
)
def test_secrets_in_free_text_are_masked(secret: str) -> None:
    shown = mask(f"failed with {secret} here")
    assert all(part not in shown for part in ("abc.def", "pw-1", "xyz", "u0633"))


@given(st.text("ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی‌ ", min_size=1), st.text("abc .:"))
def test_no_persian_letter_survives(persian: str, around: str) -> None:
    assert not any("\u0621" <= character <= "\u06cc" for character in mask(around + persian + around))
