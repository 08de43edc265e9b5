"""The socket that a server listens on, bound before it runs: so that the port is known, and taken, from then on."""

from __future__ import annotations

import socket


def open_listener(host: str, port: int, backlog: int = 512) -> socket.socket:
    """Connections to it send at once (TCP_NODELAY, which they take over from it). Raises OSError where it is taken.

    asyncio sets that only on sockets that it made itself: without it an answer on a kept connection, written as head
    and body, waits 40 ms for the other side to acknowledge the head.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=backlog)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
