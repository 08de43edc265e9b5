"""Logging for every process: structlog and the standard library through one chain that keeps personal data out.

No message text, phone, token or tracking number reaches a log, whoever logs it (httpx and telegram included):
fields with a telling name are dropped to their length, and in everything else runs of Persian letters, long
numbers and bot tokens are masked. Our own code has no Persian letters, so any in a log came from a citizen.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

_PRIVATE_FIELD = re.compile(
    r"(?i)(^|_)(text|texts|caption|phone|phones|mobile|token|tokens|tracking|tracking_numbers?|secret|password|"
    r"authorization|cookie|api_?key|raw|payload|body|content|first_name|last_name|sender_name|contact|answer|note|notes|"
    r"latitude|longitude|pin|address)$"
)
_BOT_TOKEN = re.compile(r"\d{6,12}:[A-Za-z0-9_-]{20,}")
_TOKEN_PARAMETER = re.compile(
    r"(?i)((?:token|secret|key|password|authorization)[\"']?\s*[=:]\s*[\"']?)[^\s&\"',}]+"
)
_URL_PASSWORD = re.compile(r"(//[^/\s:@]+:)[^@\s/]+@")
_PERSIAN = re.compile(
    r"[\u0600-\u065f\u066a-\u06ef\u06fa-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]"
    r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff\u200c\u200d\s]*"
)
_ESCAPED_PERSIAN = re.compile(r"(?:\\u06[0-9a-fA-F]{2}(?:\\u200[cd]|\s|(?=\\u06))?){2,}")
_LONG_NUMBER = re.compile(r"(?<![\d.\-:T])\+?(?:\d[ -]?){7,}\d(?![\d:])")
_TIME_LIKE = re.compile(r"\d{4}-\d\d-\d\d")

QUIET = (
    "httpx",
    "httpcore",
    "telegram",
    "telegram.ext",
    "apscheduler",
    "aiosqlite",
    "asyncio",
    "hpack",
    "urllib3",
)
"""Foreign loggers that write addresses with tokens or citizens' texts below WARNING."""


def mask(text: str) -> str:
    """The text without bot tokens, secrets in addresses, Persian words and numbers of eight digits or more."""
    text = _BOT_TOKEN.sub("<token>", text)
    text = _URL_PASSWORD.sub(r"\1<masked>@", text)
    text = _TOKEN_PARAMETER.sub(r"\1<masked>", text)
    text = _ESCAPED_PERSIAN.sub("<fa>", text)
    text = _PERSIAN.sub(lambda found: f"<fa:{len(found[0].strip())}> ", text)
    return _LONG_NUMBER.sub(lambda found: found[0] if _TIME_LIKE.match(found[0]) else "<number>", text)


def _masked(name: str, value: Any) -> Any:
    if _PRIVATE_FIELD.search(name):
        return f"<{type(value).__name__}:{len(value)}>" if hasattr(value, "__len__") else "<masked>"
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: _masked(str(key), one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(name, one) for one in value]
    if isinstance(value, bool | int | float) or value is None:
        return value
    return mask(str(value))


def keep_private(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """A structlog processor: the event without anything that is a citizen's own."""
    return {name: _masked(name, value) for name, value in event.items()}


def _drop_internal(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    for name in [name for name in event if name.startswith("_")]:
        event.pop(name)
    return event


def set_up_logging(
    role: str, *, level: str = "INFO", form: Literal["console", "json"] = "console", stream: Any = None
) -> None:
    """Send all logging of this process to standard output (or `stream`), one line an event, with the role in each."""

    def name_role(
        logger: WrappedLogger, method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        event.setdefault("role", role)
        return event

    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        name_role,
    ]
    last: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    )
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before, processors=[_drop_internal, keep_private, last]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # Paths in access logs name webhook secrets and tracking numbers.
    access = logging.getLogger("uvicorn.access")
    access.handlers[:] = []
    access.propagate = False
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers[:] = []
        logging.getLogger(name).propagate = True
    logging.captureWarnings(True)
