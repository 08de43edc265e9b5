"""Personal data: phones are encrypted at rest, words are stripped of numbers before they are kept for learning."""

from __future__ import annotations

import base64
import hashlib
import re

from cryptography.fernet import Fernet, InvalidToken

from persian.digits import to_latin

_LONG_NUMBERS = re.compile(r"\+?\d[\d\s\u200b-\u200f()\-‐‑–—_./٫٬،]{4,}\d")
_HANDLES = re.compile(
    r"\S+@\S+\.\S+|@\w{3,}|(?:https?://|www\.|\b(?:t\.me|telegram\.me|ble\.ir)/)\S+", re.IGNORECASE
)


class PhoneCipher:
    """Encrypts phones with a key derived from `HAMYAR_SECRET_KEY`."""

    def __init__(self, secret: str) -> None:
        digest = hashlib.sha256(b"hamyar-phone:" + secret.encode()).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(digest))

    def hide(self, phone: str) -> str:
        return self._fernet.encrypt(to_latin(phone).encode()).decode()

    def show(self, hidden: str) -> str | None:
        """None where it was encrypted under another secret."""
        try:
            return self._fernet.decrypt(hidden.encode()).decode()
        except InvalidToken:
            return None


def without_personal_data(text: str) -> str:
    """The words without numbers of six digits and more, e-mail addresses, links and handles."""
    latin = to_latin(text)
    kept = list(text)
    for pattern in (_LONG_NUMBERS, _HANDLES):
        for match in pattern.finditer(latin):
            kept[match.start() : match.end()] = " " * (match.end() - match.start())
    return " ".join("".join(kept).split())
