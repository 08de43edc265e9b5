"""The drivers, one per protocol. `build_driver(system)` gives the one that the system works with."""

from __future__ import annotations

from base64 import b64encode

import httpx

from integrations.drivers.base import (
    AmbiguousError,
    BadAnswer,
    CredentialsRefused,
    Driver,
    IntegrationError,
    NotFound,
    NoTimeLeft,
    OutgoingAddition,
    OutgoingRequest,
    PermanentError,
    Receipt,
    StatusReport,
    TemporaryError,
    TooLong,
    must_end,
)
from integrations.drivers.manual import ManualDriver
from integrations.drivers.oauth2 import ClientCredentials
from integrations.drivers.open311 import Open311Driver
from integrations.drivers.rest_json import RestJsonDriver
from integrations.drivers.wire import Wire
from integrations.system import System

__all__ = [
    "AmbiguousError",
    "BadAnswer",
    "CredentialsRefused",
    "Driver",
    "IntegrationError",
    "NoTimeLeft",
    "NotFound",
    "OutgoingAddition",
    "OutgoingRequest",
    "PermanentError",
    "Receipt",
    "StatusReport",
    "TemporaryError",
    "TooLong",
    "build_driver",
    "must_end",
]


def build_driver(system: System, transport: httpx.AsyncBaseTransport | None = None) -> Driver:
    """The driver of a system; close it with `aclose`. A system in draft or shadow is done by hand.

    `transport`: for tests and `hamyar systems try`, in the place of the network.
    """
    if system.by_hand or system.url is None:
        return ManualDriver()
    if system.mail is not None:
        from integrations.drivers.email import EmailDriver

        return EmailDriver(system, system.mail)
    known, secret = system.credentials, system.credentials.secret or ""
    headers = {}
    tokens = None
    if known.kind == "bearer":
        headers["Authorization"] = f"Bearer {secret}"
    elif known.kind == "basic":
        headers["Authorization"] = "Basic " + b64encode(f"{known.client}:{secret}".encode()).decode()
    elif known.kind == "header" and known.header:
        headers[known.header] = secret
    elif known.kind == "oauth2" and known.token_url:
        tokens = ClientCredentials(
            known.token_url, known.client or "", secret, known.scope, transport=transport
        )
    wire = Wire(
        system.url,
        system.limits,
        headers=headers,
        per_second=system.per_second,
        at_once=system.at_once,
        tokens=tokens,
        transport=transport,
    )
    if system.driver == "soap":
        from integrations.drivers.soap import SoapDriver  # zeep takes a third of a second to load

        return SoapDriver(system, wire)
    return Open311Driver(system, wire) if system.driver == "open311" else RestJsonDriver(system, wire)
