"""A municipal system as a source of files: the errors of the one side in the words of the other."""

from __future__ import annotations

from dataclasses import dataclass

from bot.channels.errors import FetchFailed, FileGone
from integrations.system_files import NoPhoto, SystemFiles


@dataclass(frozen=True)
class PhotosOf:
    """`Source` of `bot.attachments`; the file id is the address that the system gave."""

    files: SystemFiles

    async def download(self, file_id: str, limit_bytes: int) -> bytes:
        try:
            return await self.files.photo(file_id, limit_bytes)
        except NoPhoto as error:
            raise (FileGone if error.for_good else FetchFailed)(str(error)) from None
