"""Calls our server as FixMyStreet does (perllib/Open311.pm, GetServiceRequestUpdates.pm, PopulateServiceList.pm) and
reads the answers as its XML::Simple would. Perl is not needed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import httpx

LISTS = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "errors": "error",
    "service_request_updates": "request_update",
}
"""Its GroupTags: below the root a group stands for its list."""

STATES = {
    "confirmed", "investigating", "in progress", "planned", "action scheduled", "fixed", "fixed - council",
    "fixed - user", "unable to fix", "not responsible", "duplicate", "closed", "internal referral",
}  # fmt: skip
"""The states that it shows; of any other word only the text is taken over."""


def xml_simple(content: bytes) -> Any:
    """With its ForceArray, GroupTags and SuppressEmpty: the root's name is lost, lists are arrays, an empty element is
    undef."""
    return _simple(fromstring(content))


def _simple(element: Element) -> Any:
    if not len(element):
        return element.text.strip() if element.text and element.text.strip() else None
    read: dict[str, Any] = {}
    for child in element:
        value = _simple(child)
        if child.tag in LISTS.values():
            read.setdefault(child.tag, []).append(value)
        else:
            assert child.tag not in read, f"{child.tag} comes twice"
            inner = LISTS.get(child.tag)
            read[child.tag] = value[inner] if inner and isinstance(value, dict) else value
    return read


@dataclass
class FixMyStreet:
    """`endpoint` ends with a slash, as its documentation asks for. `error` is what was last complained of."""

    http: httpx.AsyncClient
    endpoint: str
    api_key: str = ""
    jurisdiction: str = ""
    error: str = ""

    async def get_service_list(self) -> Any:
        return await self._call("GET", "services.xml")

    async def get_service_meta_info(self, code: str) -> Any:
        return await self._call("GET", f"services/{code}.xml")

    async def send_service_request(self, report: dict[str, Any]) -> str | None:
        """Its number; None where the answer has none. `extra`: the report's attributes by name."""
        params = {
            "description": f"{report['title']}\n\n{report['detail']}\n\nhttps://fms.example/report/1\n",
            "service_code": report["service_code"],
            "first_name": "Shirin",
            "last_name": "Rad",
            "phone": "+989150000000",
            "email": "shirin@fms.example",
            "lat": "36.310500",
            "long": "59.526000",
            **{f"attribute[{name}]": value for name, value in report.get("extra", {}).items()},
        }
        if report.get("photos"):
            params["media_url"] = report["photos"]
        read = await self._call("POST", "requests.xml", params)
        first = (read or {}).get("request", [{}])[0]
        number = first.get("service_request_id")
        if number:
            return str(number)
        token = first.get("token")
        return await self.get_service_request_id_from_token(token) if token else None

    async def get_service_request_id_from_token(self, token: str) -> str | None:
        read = await self._call("GET", f"tokens/{token}.xml")
        return read["request"][0]["service_request_id"] if read else None

    async def get_service_requests(self, numbers: list[str] | None = None, **args: str) -> list[Any]:
        params = {"service_request_id": ",".join(numbers)} if numbers else {}
        return ((await self._call("GET", "requests.xml", {**params, **args})) or {}).get("request", [])

    async def get_service_request_updates(self, start: str, end: str) -> list[Any]:
        """Those that its `find_problem` and `process_update` would make a comment of: with id, number and a time that
        lies between the two."""
        params = {"api_key": self.api_key, "start_date": start, "end_date": end}
        read = (await self._call("GET", "servicerequestupdates.xml", params)) or {}
        kept = []
        for row in read.get("request_update", []):
            datetime.strptime(row["updated_datetime"], "%Y-%m-%dT%H:%M:%SZ")  # W3CDTF, in UTC
            if row["service_request_id"] and row["update_id"] and start <= row["updated_datetime"] <= end:
                kept.append(row)
        return kept

    async def post_service_request_update(self, comment: dict[str, Any]) -> str | None:
        params = {
            "updated_datetime": comment["confirmed"],
            "service_request_id": comment["number"],
            "status": comment["status"],
            "description": comment["text"],
            "last_name": "Rad",
            "first_name": "Shirin",
            "phone": "+989150000000",
            "email": "shirin@fms.example",
            "update_id": str(comment["id"]),
            "public_anonymity_required": "TRUE",
        }
        if comment.get("photos"):
            params["media_url"] = comment["photos"]
        read = await self._call("POST", "servicerequestupdates.xml", params)
        update_id = (read or {}).get("request_update", [{}])[0].get("update_id")
        return str(update_id) if update_id else None

    async def _call(self, method: str, path: str, params: dict[str, Any] | None = None) -> Any:
        """None where the call failed; then `error` has its "code: description" lines."""
        sent = dict(params or {})
        if self.jurisdiction:
            sent["jurisdiction_id"] = self.jurisdiction
        if method == "POST":
            if self.api_key:
                sent["api_key"] = self.api_key
            answer = await self.http.post(self.endpoint + path, data=sent)
        else:
            answer = await self.http.get(self.endpoint + path, params=sent)
        read = xml_simple(answer.content)
        self.error = ""
        if answer.is_success:
            return read
        self.error = "".join(f"{one['code']}: {one['description']}\n" for one in read["error"])
        return None


def map_state(status: str) -> str:
    """Its own word for a status of the feed, with extended statuses on."""
    word = status.lower().replace("_", " ")
    known = {
        "fixed": "fixed - council",
        "not councils responsibility": "not responsible",
        "no further action": "unable to fix",
        "open": "confirmed",
        "closed": "closed",
    }
    return known.get(word, word)
