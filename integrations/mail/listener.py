"""A small SMTP server for replies: the city's mail server hands over what is sent to our address.

It takes mail for that one address only, answers 250 when the mail is put down, and 451 when it could not be, so that
the mail server keeps it and comes again. It relays nothing.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from integrations.mail.replies import MailReplies

log = structlog.get_logger()

LARGEST = 25 * 1024 * 1024
MOST_RECIPIENTS = 10
SILENT_SECONDS = 60


class _Server(SMTP):
    line_length_limit = 1_000_000
    """Programs write longer lines than RFC 5321 wants; the mail's own limit holds."""


class _Handler:
    """The hooks of aiosmtpd."""

    def __init__(self, replies: MailReplies) -> None:
        self._replies = replies

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not self._replies.route.is_ours(address):
            return "550 5.1.1 nobody here has this address"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else content or b""
        try:
            await self._replies.take(raw, envelope.mail_from, envelope.rcpt_tos)
        except Exception as error:  # the database is away, the disk is full
            log.error("mail_not_stored", error=type(error).__name__)
            return "451 4.3.0 cannot be stored now, please try again"
        return "250 2.0.0 OK"


async def listen(replies: MailReplies, host: str, port: int, stop: asyncio.Event) -> None:
    """Take mail until `stop` is set; one under way is not acknowledged then, and comes again. Raises OSError where the
    port is taken."""
    logging.getLogger("mail").setLevel(logging.CRITICAL)  # it would log addresses
    loop = asyncio.get_running_loop()
    open_ones: weakref.WeakSet[_Server] = weakref.WeakSet()

    def connection() -> Any:
        one = _Server(
            _Handler(replies), data_size_limit=LARGEST, enable_SMTPUTF8=True, hostname=replies.route.domain,
            ident="Hamyar", timeout=SILENT_SECONDS, loop=loop,
        )  # fmt: skip
        open_ones.add(one)
        return one

    server = await loop.create_server(connection, host, port)
    async with server:
        await stop.wait()
        server.close()
        for one in open_ones:
            if one.transport is not None and not one.transport.is_closing():
                one.transport.close()
