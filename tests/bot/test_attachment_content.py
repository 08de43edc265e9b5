"""What is kept of a file, by its bytes."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.attachment_content import LONGEST_SIDE, NotAccepted, clean
from tests.support.pictures import picture


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_a_picture_loses_its_position_and_what_hangs_behind_it() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera of Shirin"
    exif.get_ifd(0x8825)[2] = (36.0, 18.0, 5.0)
    kept = clean(picture(exif=exif) + b"PK\x03\x04 <script>")
    assert kept.mime_type == "image/jpeg"
    assert not opened(kept.content).getexif()
    for hidden in (b"Shirin", b"script", b"PK\x03\x04"):
        assert hidden not in kept.content


def test_a_picture_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert opened(clean(picture(size=(40, 20), exif=exif)).content).size == (20, 40)


def test_a_large_picture_is_made_smaller_and_a_transparent_one_lies_on_white() -> None:
    assert max(opened(clean(picture(size=(6000, 30))).content).size) == LONGEST_SIDE
    clear = io.BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(clear, "PNG")
    drawn = opened(clean(clear.getvalue()).content)
    assert drawn.convert("RGB").getpixel((1, 1)) == (255, 255, 255)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_opened() -> None:
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    with pytest.raises(NotAccepted, match="pixels"):
        clean(bomb.getvalue())


@pytest.mark.parametrize(
    "content", [picture()[:200], b"\xff\xd8\xff\xe0" + b"\0" * 64, b"\x89PNG\r\n\x1a\n rest"]
)
def test_half_a_picture_is_refused(content: bytes) -> None:
    with pytest.raises(NotAccepted, match="broken"):
        clean(content)


@pytest.mark.parametrize(
    "content", [b"", b"<svg onload=alert(1)>", b"MZ\x90", b"#!/bin/sh", b"PK\x03\x04", b"{\\rtf1", b"text"]
)
def test_what_may_do_harm_or_is_nothing_known_is_refused(content: bytes) -> None:
    with pytest.raises(NotAccepted, match="type"):
        clean(content)


@pytest.mark.parametrize(
    ("content", "mime"),
    [
        (b"%PDF-1.7 x", "application/pdf"),
        (b"OggS\0\2", "audio/ogg"),
        (b"\0\0\0\x18ftypmp42", "video/mp4"),
        (b"ID3\4", "audio/mpeg"),
    ],
)
def test_papers_and_recordings_are_kept_as_they_are(content: bytes, mime: str) -> None:
    kept = clean(content)
    assert (kept.content, kept.mime_type) == (content, mime)
