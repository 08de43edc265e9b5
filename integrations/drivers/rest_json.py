"""A JSON service of any shape: paths, body template and pointers stand in the system's file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from integrations.drivers.base import OutgoingRequest, Receipt
from integrations.drivers.documents import DocumentDriver, id_in, object_of
from integrations.drivers.request_values import request_values
from integrations.drivers.templates import PLACEHOLDER, at, fill


class RestJsonDriver(DocumentDriver):
    """`system.protocol` is the file's `rest_json:` part."""

    async def submit(self, request: OutgoingRequest) -> Receipt:
        duplicate: Mapping[str, Any] | None = self._system.protocol.get("duplicate")
        answer = await self._wire.call(
            self._submit.get("method", "POST"),
            self._submit["path"],
            files=True,
            body=self._with_key(fill(self._submit["body"], request_values(request, self._system)), request),
            headers=self._key_headers(request),
            tolerate=(duplicate["http"],) if duplicate else (),
        )
        document = answer.json()
        if duplicate and answer.http == duplicate["http"]:
            there = id_in(at(document, duplicate["id"]))
            if there is None:
                raise answer.unreadable("a duplicate without its id")
            return Receipt(external_id=there, raw=object_of(document))
        receipt = self._receipt(document)
        if receipt is None:
            raise answer.unreadable("a receipt without an id or a token")
        return receipt

    async def _read(self, part: Mapping[str, Any], **values: str) -> Any:
        path = PLACEHOLDER.sub(lambda found: quote(values[found[1]], safe=""), part["path"])
        return (await self._wire.call("GET", path)).json()
