"""The list that every answer of GeoReport v2 is, from JSON or XML, and ours in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from integrations.drivers.base import OutgoingRequest
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


def found_in(
    rows: Sequence[dict[str, Any]], request: OutgoingRequest, key_name: str | None, template: str
) -> dict[str, Any] | None:
    """The row of this request: by our key in an attribute, else by our tracking number in the words.

    `key_name`: the attribute with the key, if the file has one; a row that shows another key there is not ours whatever
    its words are, for people write numbers too. `template`: the file's `description`; what stands around the number
    there tells us from them, but is not needed: servers rewrite Persian letters.
    """
    mark = _folded(_around(template).replace("{tracking_number}", request.tracking_number))
    likely = []
    for row in rows:
        if not text_of(row.get("service_request_id")):
            continue
        attributes = _attributes(row)
        if request.key in attributes.values():
            return row
        words, another = row.get("description"), attributes.get(key_name) if key_name else None
        if isinstance(words, str) and request.tracking_number in words and not another:
            likely.append(row)
    return next((row for row in likely if mark in _folded(row["description"])), next(iter(likely), None))


def _around(template: str) -> str:
    """The part of the template with the number, between other placeholders."""
    before, _, after = template.partition("{tracking_number}")
    return before.rpartition("}")[2] + "{tracking_number}" + after.partition("{")[0]


def _attributes(row: Mapping[str, Any]) -> dict[str | None, str | None]:
    """By code, whether a server lists them or gives an object."""
    given = row.get("attributes")
    if isinstance(given, list):
        return {
            text_of(one.get("code")): text_of(one.get("value")) for one in given if isinstance(one, Mapping)
        }
    return {code: text_of(value) for code, value in given.items()} if isinstance(given, Mapping) else {}


def _folded(text: str) -> str:
    return " ".join(text.split())


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
