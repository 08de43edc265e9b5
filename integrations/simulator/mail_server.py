"""The mailboxes of the desks that work with e-mail: an SMTP server that files every letter, spoilt by the same faults.

A mailbox knows no keys: a letter that comes twice lies there twice.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from integrations.mail.letter import KEY_HEADER
from integrations.simulator.city import SimulatedCity
from integrations.simulator.faults import Fault, FaultPlan

_BEFORE = {
    "error_500": "451 4.3.0 trouble",
    "error_503": "421 4.3.2 not now",
    "error_429": "450 4.7.1 too many letters",
    "redirect": "551 5.1.6 this desk is elsewhere",
    "html": "<!DOCTYPE html><html><body>login</body></html>",
}
_AFTER = {"malformed": "2\N{ARABIC-INDIC DIGIT FIVE}", "too_long": "250 " + "x" * 200_000}
_NO_ANSWER = ("timeout_after", "reset_after", "error_500_after")
"""SMTP has no way to say "error" of a letter that it has taken."""


@asynccontextmanager
async def mailboxes(city: SimulatedCity, faults: FaultPlan, listener: socket.socket) -> AsyncIterator[None]:
    """Serve on a bound socket while the block runs."""
    loop = asyncio.get_running_loop()

    def connection() -> Any:
        return SMTP(_Desks(city, faults), enable_SMTPUTF8=True, loop=loop, hostname="simulator")

    server = await loop.create_server(connection, sock=listener)
    try:
        yield
    finally:
        server.close()


class _Desks:
    """The hooks of aiosmtpd."""

    def __init__(self, city: SimulatedCity, faults: FaultPlan) -> None:
        self._city, self._faults = city, faults

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        system = self._city.systems.get(address.partition("@")[0])
        if system is None or system.file_driver != "email":
            return "550 5.1.1 there is no such desk"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        system = envelope.rcpt_tos[0].partition("@")[0]
        fault = self._faults.next(system, "submit")
        if fault is not None and fault.kind in _BEFORE:
            return _BEFORE[fault.kind]
        if fault is not None and fault.kind in ("timeout_before", "outage"):
            await asyncio.sleep(fault.seconds if fault.kind == "timeout_before" else 0.0)
            await _hang_up(server)
        if fault is not None and fault.kind == "latency":
            await asyncio.sleep(fault.seconds)
        assert isinstance(envelope.content, bytes)
        self._file(system, envelope.content)
        return await _spoilt(server, fault) if fault is not None else "250 OK"

    def _file(self, system: str, raw: bytes) -> None:
        message = message_from_bytes(raw, policy=POLICY)
        assert isinstance(message, EmailMessage)
        self._city.file(
            system,
            service_code=str(message["Subject"]),
            description=str(message.get_content()),
            key=str(message[KEY_HEADER]),
            drops_copies=False,
            attributes={name: str(message[name]) for name in ("From", "To", "Reply-To", "Message-ID")},
        )


async def _spoilt(server: SMTP, fault: Fault) -> str:
    """The answer to a letter that lies there."""
    if fault.kind in _NO_ANSWER:
        await asyncio.sleep(fault.seconds if fault.kind == "timeout_after" else 0.0)
        await _hang_up(server)
    if fault.kind == "slow_body":
        for byte in b"250-in a moment\r\n":
            _line(server).write(bytes([byte]))
            await asyncio.sleep(fault.seconds)
    return _AFTER.get(fault.kind, "250 OK")


async def _hang_up(server: SMTP) -> None:
    """The connection is lost, and with it this call: it is cancelled while it waits."""
    _line(server).abort()
    await asyncio.sleep(60)


def _line(server: SMTP) -> asyncio.Transport:
    assert isinstance(server.transport, asyncio.Transport)
    return server.transport
