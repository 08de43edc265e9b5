"""Small real pictures."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image


def picture(shade: int = 0, size: tuple[int, int] = (16, 12), kind: str = "JPEG", **options: Any) -> bytes:
    """A picture of one colour; `options` as for PIL's `save`."""
    written = io.BytesIO()
    Image.new("RGB", size, (shade, 90, 160)).save(written, kind, **options)
    return written.getvalue()
