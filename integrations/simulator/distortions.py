"""Answers that are readable and yet not right: rows that come twice and out of order, times of a wrong clock."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree

_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


def skewed(body: bytes, seconds: float) -> bytes:
    """Every ISO time later by so many seconds."""

    def shifted(found: re.Match[bytes]) -> bytes:
        moment = datetime.fromisoformat(found[0].decode()) + timedelta(seconds=seconds)
        return moment.isoformat(timespec="microseconds").encode()

    return _TIME.sub(shifted, body)


def doubled(body: bytes) -> bytes:
    """Every row of a list in JSON or XML twice, the last one first; what is no list stays as it is."""
    if body.lstrip().startswith(b"<"):
        root = ElementTree.fromstring(body)  # noqa: S314 (our own answer)
        if root.tag.endswith("Envelope"):
            return body
        root[:] = [*reversed(list(root)), *list(root)]
        return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
    try:
        document = json.loads(body)
    except ValueError:
        return body
    return json.dumps(_twice(document), ensure_ascii=False).encode()


def _twice(document: Any) -> Any:
    if isinstance(document, list):
        return [*reversed(document), *document]
    if isinstance(document, dict):
        return {name: _twice(part) if isinstance(part, list) else part for name, part in document.items()}
    return document
