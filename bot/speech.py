"""Words of a voice message, where a recogniser is installed. By default there is none: voices go on as they are.

`Recogniser` is the interface. `HttpRecogniser` is the one example: a server on the city's own machines that takes
`POST` of a form with the field `file` and answers `{"text": "…"}`. whisper.cpp's `server` (`/inference`) and every
server with OpenAI's `/v1/audio/transcriptions` speak so. docs/administrators.md shows how to set one up.
"""

from __future__ import annotations

from typing import Protocol

import httpx

LONGEST = 4000
SECONDS = 20.0


class SpeechError(Exception):
    """The recogniser did not answer, or not with words. Never carries what was said."""


class Recogniser(Protocol):
    async def words_in(self, voice: bytes, mime_type: str) -> str:
        """What is said, "" where nothing can be made out. Raises SpeechError."""
        ...


class HttpRecogniser:
    """`url` is the whole address. The recording leaves for nowhere else."""

    def __init__(self, url: str, token: str = "", *, client: httpx.AsyncClient | None = None) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = client or httpx.AsyncClient(timeout=SECONDS, trust_env=False)

    async def words_in(self, voice: bytes, mime_type: str) -> str:
        name = "voice." + mime_type.partition("/")[2]
        try:
            answer = await self._client.post(
                self._url,
                headers=self._headers,
                files={"file": (name, voice, mime_type)},
                data={"language": "fa", "response_format": "json", "model": "whisper-1"},
            )
            answer.raise_for_status()
            text = answer.json()["text"]
        except httpx.HTTPStatusError as error:
            raise SpeechError(f"HTTP {error.response.status_code}") from None
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise SpeechError(type(error).__name__) from None
        if not isinstance(text, str):
            raise SpeechError("no text")
        return " ".join(text.split())[:LONGEST]

    async def aclose(self) -> None:
        await self._client.aclose()
