"""How the simulated Open311 servers answer: the lists of GeoReport v2 in JSON and in XML."""

from __future__ import annotations

import re
from typing import Any
from xml.sax.saxutils import escape

from starlette.responses import JSONResponse, Response

MOST_ROWS = 1000
"""Of one list, as the standard says."""
_LISTS = {
    "service_requests": "request",
    "services": "service",
    "service_request_updates": "request_update",
    "errors": "error",
    "attributes": "attribute",
}
_NOT_FOR_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def error(form: str, http: int, description: str) -> Response:
    return answer(form, "errors", [{"code": http, "description": description}], http)


def answer(form: str, root: str, rows: list[dict[str, Any]], http: int = 200) -> Response:
    if form == "json":
        return JSONResponse(rows, http)
    head = '<?xml version="1.0" encoding="utf-8"?>\n'
    return Response(head + _xml(root, rows), http, media_type="text/xml; charset=utf-8")


def _xml(name: str, value: Any) -> str:
    if isinstance(value, dict):
        inner = "".join(_xml(key, one) for key, part in value.items() for one in _parts(key, part))
    elif isinstance(value, list):
        inner = "".join(_xml(_LISTS.get(name, "value"), part) for part in value)
    elif isinstance(value, bool):
        inner = str(value).lower()
    else:
        inner = "" if value is None else escape(_NOT_FOR_XML.sub("", str(value)))
    return f"<{name}>{inner}</{name}>"


def _parts(name: str, value: Any) -> list[Any]:
    """A photo's element stands once for each photo."""
    return value if name == "media_url" and isinstance(value, list) else [value]
