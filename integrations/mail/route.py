"""Which server takes our letters, and the address that a reply to one of them comes back to.

    hamyar@city.example                                  the sender
    hamyar+104738291-k7w2m5q4x3z6c2ab@city.example       the reply address of one delivery

What stands behind the number is an HMAC of the delivery's key, so that nobody but the desk that got the letter can
answer in its name. The tag is cut to letters that every mail server leaves alone, and reads the same in capitals.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b32encode
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

_TAGGED = re.compile(r"(?P<local>[^+@]+)\+(?P<number>\d{9})-(?P<mark>[a-z2-7]{16})@(?P<domain>[^@]+)")
_ADDRESS = re.compile(r"[A-Za-z0-9._%-]{1,30}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


@dataclass(frozen=True)
class ReplyTag:
    """What a reply address says: whose request it is about, and the mark that has to fit the delivery's key."""

    tracking_number: str
    mark: str


@dataclass(frozen=True)
class MailRoute:
    """`tls`: from the first byte; otherwise STARTTLS where the server offers it. `sender` has no tag."""

    host: str
    port: int
    sender: str
    secret: str = field(repr=False)
    tls: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2]

    def reply_address(self, tracking_number: str, key: str) -> str:
        """Where a reply to the letter of this delivery goes."""
        local, _, domain = self.sender.partition("@")
        return f"{local}+{tracking_number}-{self.mark(key)}@{domain}"

    def tag(self, address: str) -> ReplyTag | None:
        """The tag of an address of ours; None where it has none of the right shape."""
        found = _TAGGED.fullmatch(address.strip().lower())
        if found is None or f"{found['local']}@{found['domain']}" != self.sender.lower():
            return None
        return ReplyTag(found["number"], found["mark"])

    def is_ours(self, address: str) -> bool:
        """Whether we take mail for this address: the sender's own, with any tag or none."""
        local, _, domain = address.strip().lower().partition("@")
        return f"{local.partition('+')[0]}@{domain}" == self.sender.lower()

    def fits(self, tag: ReplyTag, key: str) -> bool:
        """Whether the tag was given for this delivery."""
        return hmac.compare_digest(tag.mark, self.mark(key))

    def mark(self, key: str) -> str:
        digest = hmac.new(self.secret.encode(), f"mail:{key}".encode(), hashlib.sha256).digest()
        return b32encode(digest[:10]).decode().lower()


def mail_route(url: str, sender: str, secret: str) -> MailRoute:
    """The route of `smtp://[user:password@]host[:port]` or `smtps://…`. Raises ValueError with the reason."""
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("must be an address like smtp://user:password@host:587 or smtps://host:465")
    if not is_address(sender):
        raise ValueError("needs the sender's address (HAMYAR_MAIL_FROM) like hamyar@city.example")
    tls = parts.scheme == "smtps"
    return MailRoute(
        parts.hostname,
        parts.port or (465 if tls else 25),
        sender,
        secret,
        tls,
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
    )


def is_address(text: str) -> bool:
    """A plain address with at most 30 letters before the @, so that a tag has room (64 in all)."""
    return _ADDRESS.fullmatch(text) is not None
