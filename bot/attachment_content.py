"""What a citizen's file is, by its bytes and not by its name; pictures are made anew.

A picture is decoded and written again: what hides in it or hangs on it (position, camera, thumbnail, scripts behind the
last byte) is not in the new one. Its position is read first: it may be the place of the matter, and she is asked. What
cannot be told to be harmless is not kept.

    NotAccepted     one word why: type, broken, pixels
"""

from __future__ import annotations

import io
import math
import warnings
from dataclasses import dataclass
from typing import Any

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

MOST_PIXELS = 50_000_000
LONGEST_SIDE = 4096
QUALITY = 88
JPEG = "image/jpeg"

# Bytes at an offset -> what it is. The first that fits counts.
_SIGNS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", JPEG),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (8, b"WEBP", "image/webp"),
    (0, b"GIF8", "image/gif"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (4, b"ftypheif", "image/heic"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftypM4B", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"#!AMR", "audio/amr"),
    (8, b"WAVE", "audio/wav"),
    (0, b"%PDF-", "application/pdf"),
)
_PICTURES = frozenset((JPEG, "image/png", "image/webp", "image/gif"))


class NotAccepted(Exception):
    """A file that is not kept; the text is the reason in one word."""


@dataclass(frozen=True)
class Clean:
    """What is kept of a file."""

    content: bytes
    mime_type: str
    position: tuple[float, float] | None = None
    """(latitude, longitude) of a picture in degrees, WGS 84."""


def clean(content: bytes) -> Clean:
    """A picture as a new JPEG, anything else that we know as it is. Raises NotAccepted."""
    mime = type_of(content)
    if mime is None:
        raise NotAccepted("type")
    if mime not in _PICTURES:
        return Clean(content, mime)
    drawn, position = _redrawn(content)
    return Clean(drawn, JPEG, position)


def type_of(content: bytes) -> str | None:
    """The media type that the bytes show; None for one that is not taken."""
    return next((mime for at, sign, mime in _SIGNS if content[at : at + len(sign)] == sign), None)


def _redrawn(content: bytes) -> tuple[bytes, tuple[float, float] | None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of what the next line refuses
            picture = Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP", "GIF"))
            if picture.width * picture.height > MOST_PIXELS:
                raise NotAccepted("pixels")
            position = _position(picture)
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            drawn = ImageOps.exif_transpose(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotAccepted("pixels") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError):
        raise NotAccepted("broken") from None
    if drawn.mode in ("RGBA", "LA", "P", "PA"):
        drawn = drawn.convert("RGBA")
        ground = Image.new("RGB", drawn.size, "white")
        ground.paste(drawn, mask=drawn.getchannel("A"))
        drawn = ground
    plain = drawn.convert("RGB")
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    written = io.BytesIO()
    plain.save(written, "JPEG", quality=QUALITY, optimize=True)
    return written.getvalue(), position


def _position(picture: Image.Image) -> tuple[float, float] | None:
    """EXIF 2.3, GPS IFD: degrees, minutes, seconds with the letter of the half. None where it makes no sense."""
    try:
        tags = picture.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        latitude = _degrees(tags[ExifTags.GPS.GPSLatitude], str(tags[ExifTags.GPS.GPSLatitudeRef]), "S")
        longitude = _degrees(tags[ExifTags.GPS.GPSLongitude], str(tags[ExifTags.GPS.GPSLongitudeRef]), "W")
    except Exception:  # whatever a camera has written: then there is no position
        return None
    is_real = abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude, longitude) != (0.0, 0.0)
    return (round(latitude, 6), round(longitude, 6)) if is_real else None


def _degrees(parts: Any, half: str, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value):
        raise ValueError("not a number")
    return -value if half.strip("\x00 ").upper() == negative else value
