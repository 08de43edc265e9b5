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


def taken_at(latitude: float, longitude: float) -> bytes:
    """A picture whose camera has written where it was taken."""

    def parts(value: float) -> tuple[float, float, float]:
        minutes = (value % 1) * 60
        return float(int(value)), float(int(minutes)), round((minutes % 1) * 60, 3)

    tags = Image.Exif()
    tags.get_ifd(0x8825).update({1: "N", 2: parts(latitude), 3: "E", 4: parts(longitude)})
    return picture(exif=tags)
