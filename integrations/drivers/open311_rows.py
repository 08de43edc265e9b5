"""The list that every answer of GeoReport v2 is, from JSON or XML."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from integrations.drivers.wire import Answer

_ROOTS = (
    "service_requests",
    "services",
    "errors",
    "service_request_updates",
    "service_requests_updates",
    "request_updates",
)


def rows_of(answer: Answer, format_: str) -> list[dict[str, Any]]:
    """Raises AmbiguousError or BadAnswer for what is no such list."""
    if format_ == "xml":
        root = answer.xml()
        if _local(root) not in _ROOTS:
            raise answer.unreadable("XML with another root")
        return [_from_xml(child) for child in root]
    rows = answer.json()
    if rows is None:
        return []
    if isinstance(rows, dict):
        rows = next((rows[name] for name in _ROOTS if name in rows), rows)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise answer.unreadable("JSON that is not a list of objects")
    return rows


def text_of(value: Any) -> str | None:
    """An id or word that may come as text or as a number (`"service_code":001` is seen in samples)."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None


def _local(element: Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _from_xml(element: Element) -> Any:
    """The "Spark" JSON of an element: text, an object, or a list for `attributes`, `values`, `notes`, and for a
    `media_url` that stands several times."""
    children = list(element)
    if not children and _local(element) in ("request", "service", "error", "request_update"):
        return {}
    if not children:
        return (element.text or "").strip() or None
    if _local(element) in ("attributes", "values", "notes"):
        return [_from_xml(child) for child in children]
    found = {_local(child): _from_xml(child) for child in children}
    photos = [_from_xml(child) for child in children if _local(child) == "media_url"]
    return found | {"media_url": photos} if len(photos) > 1 else found
