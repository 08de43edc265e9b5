"""What the placeholders of a file's template stand for."""

from __future__ import annotations

from typing import Any

from integrations.drivers.base import OutgoingRequest
from integrations.drivers.timestamps import to_wire
from integrations.system import System


def request_values(request: OutgoingRequest, system: System) -> dict[str, Any]:
    """What the placeholders of a template stand for (templates.REQUEST_FIELDS), with the system's own
    codes."""
    return {
        "key": request.key,
        "tracking_number": request.tracking_number,
        "service_code": system.their_code(request.service_code),
        "service_name": request.service_name,
        "description": request.description,
        "district": request.district,
        "address": request.address,
        "lat": request.lat,
        "lon": request.lon,
        "attributes": {
            system.attributes.get(code, code): value if isinstance(value, str) else list(value)
            for code, value in request.attributes.items()
        },
        "media_urls": list(request.media_urls),
        "media_url": request.media_urls[0] if request.media_urls else None,
        "requested_at": to_wire(request.requested_at),
    }
