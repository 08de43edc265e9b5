"""Why a system could not be reached, in words that tell whoever has to mend it where to look."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator


def why_unreached(error: BaseException) -> str:
    """Of an error while connecting: the name, the certificate, TLS, or what else stood behind it. Names no address."""
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror):
            return "no connection: the name cannot be resolved"
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"no connection: the certificate is not accepted ({cause.verify_message})"
        if isinstance(cause, ssl.SSLError):
            return f"no connection: TLS fails ({cause.reason})"
        if isinstance(cause, ConnectionRefusedError):
            return "no connection: refused at this port"
    return f"no connection ({type(error).__name__})"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from, the outermost first."""
    found: BaseException | None = error
    while found is not None:
        yield found
        yield from getattr(found, "exceptions", ())  # of a group: one for each address of the name
        found = found.__cause__ or found.__context__
