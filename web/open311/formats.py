"""Answers as JSON and as XML: one structure of dicts and `Items`, written in both ways that the spec lays down.

http://wiki.open311.org/JSON_and_XML_Conversion: a list's container disappears in JSON, nothing is null or an empty tag.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Literal
from xml.etree import ElementTree

from starlette.responses import Response

Format = Literal["json", "xml"]
_CONTENT_TYPES: dict[str, str] = {
    "json": "application/json; charset=utf-8",
    "xml": "text/xml; charset=utf-8",
}
OPEN_TO_ALL = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Retry-After",
    "Cache-Control": "no-store",
}
# What XML 1.0 cannot hold in any spelling.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass
class Items:
    """A list: `<container><item>…</item></container>` in XML, an array in JSON."""

    container: str
    item: str
    values: list[Any] = field(default_factory=list)


def when(moment: datetime | None) -> str | None:
    """W3C's profile of ISO 8601, UTC, without fractions."""
    return None if moment is None else moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def answer(
    format_: Format,
    root: str,
    body: Mapping[str, Any] | Items,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The response; `root` is the outermost tag of a body that is no list. Any site may read it."""
    content = _json(body) if format_ == "json" else _xml(root, body)
    return Response(content, status, {**OPEN_TO_ALL, **(headers or {})}, media_type=_CONTENT_TYPES[format_])


def _json(body: Any) -> bytes:
    return json.dumps(_plain(body), ensure_ascii=False).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, Items):
        return [_plain(one) for one in value.values]
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return value


def _xml(root: str, body: Mapping[str, Any] | Items) -> bytes:
    element = _list(body) if isinstance(body, Items) else _element(root, body)
    return bytes(ElementTree.tostring(element, encoding="utf-8", xml_declaration=True))


def _list(items: Items) -> ElementTree.Element:
    element = ElementTree.Element(items.container)
    element.extend(_element(items.item, value) for value in items.values)
    return element


def _element(name: str, value: Any) -> ElementTree.Element:
    if isinstance(value, Items):
        return _list(value)
    element = ElementTree.Element(name)
    if isinstance(value, Mapping):
        for key, one in value.items():
            # Several answers to one question are several tags.
            element.extend(_element(key, each) for each in (one if isinstance(one, list) else [one]))
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = _NO_XML.sub("\ufffd", str(value))
    return element
