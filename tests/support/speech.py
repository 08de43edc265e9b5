"""A recogniser of speech on loopback: what it hears stands in the bytes of the voice, so that a test decides it."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OGG = b"OggS\x00\x02" + bytes(20) + b"\x01OpusHead" + bytes(8)
_MARK = b"#words:"


def voice_saying(words: str) -> bytes:
    """Bytes that are taken for a voice message, in which the recogniser below hears `words`."""
    return OGG + _MARK + words.encode() + b"#end"


class RunningRecogniser:
    """Answers as whisper.cpp's server does. `asked` counts."""

    def __init__(self) -> None:
        self.asked = 0
        recogniser = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                recogniser.asked += 1
                body = self.rfile.read(int(self.headers["Content-Length"]))
                heard = body.partition(_MARK)[2].partition(b"#end")[0].decode()
                answer = json.dumps({"text": heard}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/inference"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
