"""A desk that works with e-mail: a letter goes out by SMTP; what comes back is read by `integrations.mail`.

SMTP says plainly when a letter was not taken (4xx: later, 5xx: never). Only where the connection breaks off after the
letter's last byte nobody knows: then an operator asks, for there is no look-up. A mailbox that refuses every letter is
trouble of the desk, not of one request.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTPResponseException

from integrations.drivers.base import (
    AmbiguousError,
    CredentialsRefused,
    Driver,
    OutgoingRequest,
    PermanentError,
    Receipt,
    TemporaryError,
    begin_call,
)
from integrations.drivers.unreached import why_unreached
from integrations.drivers.wire import Pace
from integrations.mail.letter import letter
from integrations.mail.route import MailRoute
from integrations.system import System

_NO_CONNECTION = (aiosmtplib.SMTPException, OSError, TimeoutError)


class EmailDriver(Driver):
    """`system.url` is `mailto:ADDRESS`; the letter's key is the system's number, by which a reply is known."""

    def __init__(self, system: System, route: MailRoute) -> None:
        self._system = system
        self._route = route
        self._to = unquote(urlsplit(system.url or "").path)
        self._pace = Pace(system.per_second)
        self._free = asyncio.Semaphore(system.at_once)

    async def submit(self, request: OutgoingRequest) -> Receipt:
        # Bounces come to the same address as replies.
        sender = self._route.reply_address(request.tracking_number, request.key)
        content = letter(request, self._system, self._route, self._to).as_bytes()
        async with self._free:
            await self._pace.wait()
            begin_call(2 * self._system.limits.total)
            client = self._client()
            try:
                await self._within(self._open(client, sender))
                await self._hand_over(client, content)
            finally:
                client.close()
        return Receipt(external_id=request.key)

    async def probe(self) -> str:
        """Connects and logs in; no letter is sent."""
        client = self._client()
        try:
            await self._within(self._connect(client))
        finally:
            client.close()
        return f"{self._route.host} takes letters"

    def _client(self) -> aiosmtplib.SMTP:
        route, limits = self._route, self._system.limits
        return aiosmtplib.SMTP(
            hostname=route.host,
            port=route.port,
            use_tls=route.tls,
            # A password goes to another machine only under TLS.
            start_tls=True if route.user and not route.tls and not _is_near(route.host) else None,
            username=route.user,
            password=route.password,
            local_hostname=route.domain,
            timeout=limits.read,
        )

    async def _connect(self, client: aiosmtplib.SMTP) -> None:
        try:
            await client.connect()
        except aiosmtplib.SMTPAuthenticationError as error:
            raise CredentialsRefused(f"SMTP {error.code}: our credentials are refused") from None
        except aiosmtplib.SMTPNotSupported:
            raise CredentialsRefused("the server offers no TLS, so the password is not sent") from None
        except SMTPResponseException as error:
            raise TemporaryError(f"SMTP {error.code}") from None
        except _NO_CONNECTION as error:
            raise TemporaryError(why_unreached(error)) from None

    async def _open(self, client: aiosmtplib.SMTP, sender: str) -> None:
        """All that comes before the letter itself: whatever goes wrong, nothing was taken."""
        await self._connect(client)
        try:
            await client.mail(sender)
            await client.rcpt(self._to)
        except SMTPResponseException as error:
            raise TemporaryError(f"SMTP {error.code}: the mailbox takes no letter") from None
        except _NO_CONNECTION as error:
            raise TemporaryError(f"the connection broke off ({type(error).__name__})") from None

    async def _hand_over(self, client: aiosmtplib.SMTP, content: bytes) -> None:
        try:
            async with asyncio.timeout(self._system.limits.total):
                await client.data(content)
        except SMTPResponseException as error:
            if not 400 <= error.code < 600:
                raise AmbiguousError("the answer to the letter cannot be read") from None
            raise (PermanentError if error.code >= 500 else TemporaryError)(f"SMTP {error.code}") from None
        except _NO_CONNECTION as error:
            raise AmbiguousError(f"no answer to the letter ({type(error).__name__})") from None

    async def _within(self, work: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(self._system.limits.total):
                await work
        except TimeoutError:
            raise TemporaryError(f"no answer in {self._system.limits.total:g} s") from None


def _is_near(host: str) -> bool:
    """This machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
