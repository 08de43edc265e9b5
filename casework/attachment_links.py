"""Addresses under which a kept file may be fetched for a while: signed, so that nobody guesses one."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from casework.tables import Attachment

PREFIX = "/files"
VALID_SECONDS = 7 * 24 * 3600
"""A system that was away for some days still finds the photos; what it keeps it has fetched by then."""
FETCHABLE = frozenset(("image/jpeg", "application/pdf", "audio/ogg", "audio/mpeg", "audio/mp4", "video/mp4"))
"""What leaves us: pictures that were drawn anew, and plain recordings and papers."""


@dataclass(frozen=True)
class AttachmentLinks:
    """`public_url` without a slash at the end. `clock`: seconds since 1970."""

    secret: str
    public_url: str
    clock: Callable[[], float] = time.time

    def url(self, attachment: Attachment) -> str:
        """An address that works for a week."""
        expires = int(self.clock()) + VALID_SECONDS
        return (
            f"{self.public_url}{PREFIX}/{attachment.id}/{expires}/{self._signature(attachment.id, expires)}"
        )

    def urls(self, attachments: Iterable[Attachment]) -> tuple[str, ...]:
        """The addresses of those that may leave us."""
        return tuple(
            self.url(one) for one in attachments if one.state == "kept" and one.mime_type in FETCHABLE
        )

    def holds(self, attachment_id: int, expires: int, signature: str) -> bool:
        """Whether this address is ours and not over."""
        right = hmac.compare_digest(signature.encode(), self._signature(attachment_id, expires).encode())
        return right and self.clock() <= expires

    def _signature(self, attachment_id: int, expires: int) -> str:
        words = f"attachment:{attachment_id}:{expires}"
        return hmac.new(self.secret.encode(), words.encode(), hashlib.sha256).hexdigest()[:43]
