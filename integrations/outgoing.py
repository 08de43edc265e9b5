"""What leaves us of a request and of what is said later: her words and the place, never her name, account or phone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from casework.addresses import for_a_crew
from casework.catalogue import Service
from casework.tables import Addition, ServiceRequest
from integrations.drivers import OutgoingAddition, OutgoingRequest


def outgoing(key: str, request: ServiceRequest, services: Mapping[str, Service]) -> OutgoingRequest:
    """A request as a driver takes it."""
    place = request.place or {}
    service = services.get(request.service_code)
    return OutgoingRequest(
        key=key,
        tracking_number=request.tracking_number,
        service_code=request.service_code,
        service_name=service.name if service else request.service_code,
        description=request.description,
        requested_at=request.created_at,
        district=request.district,
        address=for_a_crew(place),
        lat=place.get("lat"),
        lon=place.get("lon"),
        attributes={code: _wire_value(value) for code, value in (request.attributes or {}).items()},
        answers=tuple(_answers(service, request.attributes or {})),
    )


def _answers(service: Service | None, attributes: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Question and answer in words; codes that the catalogue does not have (any more) as they are."""
    known = {one.code: one for one in service.attributes} if service else {}
    for code, given in attributes.items():
        question = known.get(code)
        names = {value.key: value.name for value in question.values} if question else {}
        keys = given if isinstance(given, list | tuple) else [given]
        yield (
            question.description if question else code,
            "، ".join(names.get(str(key), str(key)) for key in keys),
        )


def _wire_value(value: Any) -> str | Sequence[str]:
    return [str(part) for part in value] if isinstance(value, list | tuple) else str(value)


def outgoing_addition(addition: Addition, request: ServiceRequest, number: str | None) -> OutgoingAddition:
    """`number`: the system's own of the request; without it the addition cannot be put to anything."""
    return OutgoingAddition(
        key=key_of(request.tracking_number, addition.id),
        number=number or "",
        tracking_number=request.tracking_number,
        words=addition.words,
        said_at=addition.said_at,
        reopens=addition.reopens,
    )


def key_of(tracking_number: str, addition_id: int) -> str:
    """Letters, digits and `_` alone: open311-adapter takes nothing else as an id."""
    return f"{tracking_number}_{addition_id}"
