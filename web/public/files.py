"""Files of citizens behind signed addresses: for municipal systems that fetch the photos of a request."""

from __future__ import annotations

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from casework.attachment_links import FETCHABLE, PREFIX, AttachmentLinks
from casework.store import Store
from casework.tables import Attachment

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # Whatever it is: it runs nothing, shows nothing, and no cache on the way keeps it.
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
    "X-Robots-Tag": "noindex",
}
_ENDINGS = {"image/jpeg": "jpg", "application/pdf": "pdf", "audio/ogg": "ogg", "audio/mpeg": "mp3"}


def file_route(store: Store, links: AttachmentLinks, folder: Path) -> Route:
    """GET /files/ID/EXPIRES/SIGNATURE: the file as a download; 404 for any address that is not ours or is over."""

    async def fetch(request: Request) -> Response:
        named = request.path_params
        if not links.holds(named["id"], named["expires"], named["signature"]):
            raise HTTPException(404)
        async with store.read() as session:
            kept = await session.get(Attachment, named["id"])
        if kept is None or kept.state != "kept" or not kept.path or kept.mime_type not in FETCHABLE:
            raise HTTPException(404)
        path = folder / kept.path
        if not path.is_file():
            raise HTTPException(404)
        name = f"hamyar-{kept.id}.{_ENDINGS.get(kept.mime_type, 'mp4')}"
        return FileResponse(path, media_type=kept.mime_type, filename=name, headers=_HEADERS)

    return Route(f"{PREFIX}/{{id:int}}/{{expires:int}}/{{signature}}", fetch, name="file")
