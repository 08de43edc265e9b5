"""A SOAP service of any shape: its WSDL lies beside the system's file, which names the operations.

zeep writes the message as the WSDL wants it; the call goes through `wire`, like all others, so that a lost reply is
ambiguous here as well. An answer is read by the local names of its elements: servers are less exact than their WSDL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import zeep
from lxml import etree  # type: ignore[import-untyped]
from zeep.exceptions import Error as ZeepError

from integrations.drivers.base import (
    AmbiguousError,
    CredentialsRefused,
    IntegrationError,
    NotFound,
    OutgoingRequest,
    PermanentError,
    Receipt,
    TemporaryError,
)
from integrations.drivers.documents import DocumentDriver
from integrations.drivers.request_values import request_values
from integrations.drivers.templates import at, fill
from integrations.drivers.wire import Answer

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FAULTS = (400, 500)
"""How SOAP 1.2 and 1.1 send a Fault over HTTP."""


class SoapDriver(DocumentDriver):
    """`system.protocol` is the file's `soap:` part; `wsdl` in it is a whole path."""

    async def submit(self, request: OutgoingRequest) -> Receipt:
        values = request_values(request, self._system)
        values["attributes"] = "\n".join(_line(name, value) for name, value in values["attributes"].items())
        values = {name: _carried(value) for name, value in values.items()}
        body = self._with_key(fill(self._submit["body"], values), request)
        answer = await self._call(self._submit["operation"], body, self._key_headers(request), files=True)
        receipt = self._receipt(self._document(answer))
        if receipt is None:
            raise answer.unreadable("a receipt without an id or a token")
        return receipt

    async def _read(self, part: Mapping[str, Any], **values: str) -> Any:
        return self._document(
            await self._call(part["operation"], fill(part["body"], values), {}, files=False)
        )

    async def _call(
        self, operation: str, body: Mapping[str, Any], headers: Mapping[str, str], *, files: bool
    ) -> Answer:
        message = envelope(self._system.protocol["wsdl"], operation, body)
        return await self._wire.call(
            "POST",
            "",
            files=files,
            content=message.content,
            headers={**message.headers, **headers},
            tolerate=_FAULTS,
        )

    def _document(self, answer: Answer) -> Any:
        """What the Body holds, by local names. Raises for a Fault, and for what is no SOAP."""
        root = answer.xml()  # refuses web pages, DTDs and entities before lxml sees it
        body = next((part for part in root if _name(part.tag) == "Body"), None)
        content = next(iter(body), None) if body is not None else None
        if _name(root.tag) != "Envelope" or content is None:
            raise answer.unreadable("not SOAP")
        if _name(content.tag) == "Fault":
            raise self._fault(tree(content), answer)
        if answer.http in _FAULTS:
            raise (
                AmbiguousError(f"HTTP {answer.http}")
                if answer.files
                else TemporaryError(f"HTTP {answer.http}")
            )
        return tree(content)

    def _fault(self, fault: Any, answer: Answer) -> IntegrationError:
        """SOAP 1.1: faultcode, detail. SOAP 1.2: Code/Value, Code/Subcode/Value, Detail."""
        words = [at(fault, pointer) for pointer in ("/faultcode", "/Code/Value", "/Code/Subcode/Value")]
        codes = [word.rpartition(":")[2] for word in words if isinstance(word, str)]
        details = [part for name in ("/detail", "/Detail") for part in (at(fault, name) or ())]
        reason = f"SOAP fault {'/'.join(codes) or 'without a code'}"
        parts = {piece for one in codes for piece in one.split(".")} | set(details)
        if self._system.protocol.get("not_found") in parts:
            return NotFound(reason)
        if self._system.protocol.get("refused") in parts:
            return CredentialsRefused(f"{reason}: our credentials are refused")
        if codes and codes[0].split(".")[0] in ("Client", "Sender"):
            return PermanentError(reason)
        return AmbiguousError(reason) if answer.files else TemporaryError(reason)


@dataclass(frozen=True)
class Message:
    """A SOAP message ready to be sent."""

    content: bytes
    headers: Mapping[str, str]


def envelope(wsdl: str, operation: str, body: Mapping[str, Any]) -> Message:
    """The message of an operation. Raises PermanentError for a body that the WSDL does not allow."""
    try:
        known = binding(wsdl).get(operation)
        made = known.create(**body)
        binding(wsdl)._set_http_headers(made, known)
    except (ZeepError, TypeError, ValueError, AttributeError) as error:
        # Not the error's text: it may quote what the citizen wrote.
        raise PermanentError(f"the WSDL allows no such {operation}: {type(error).__name__}") from None
    return Message(etree.tostring(made.content, encoding="utf-8", xml_declaration=True), made.headers)


@cache
def binding(wsdl: str) -> Any:
    """The first SOAP binding of a WSDL file; nothing else is fetched. Raises what zeep raises, or OSError."""
    settings = zeep.Settings(forbid_dtd=True, forbid_entities=True, forbid_external=True)
    client = zeep.Client(wsdl, settings=settings)  # type: ignore[no-untyped-call]
    ports = [port for service in client.wsdl.services.values() for port in service.ports.values()]
    return ports[0].binding


def tree(element: Any) -> Any:
    """An element's text, or an object of its children by local name; several of one name are a list."""
    if len(element) == 0:
        return (element.text or "").strip() or None
    found: dict[str, Any] = {}
    for child in element:
        name, value = _name(child.tag), tree(child)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def _name(tag: Any) -> str:
    return str(tag).rpartition("}")[2]


def _carried(value: Any) -> Any:
    """Text without the characters that XML 1.0 cannot carry at all, not even escaped."""
    return _NOT_IN_XML.sub("", value) if isinstance(value, str) else value


def _line(name: str, value: Any) -> str:
    return f"{name}: {value if isinstance(value, str) else '، '.join(map(str, value))}"
