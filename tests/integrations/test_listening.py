"""Servers answer at once on a connection that is kept."""

from __future__ import annotations

import socket

import pytest

from integrations.listening import open_listener


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_accepted_connection_does_not_wait_for_acknowledgements(host: str) -> None:
    try:
        listener = open_listener(host, 0)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with listener, socket.create_connection(listener.getsockname()[:2]):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_port_that_is_taken_is_an_error() -> None:
    with open_listener("127.0.0.1", 0) as listener, pytest.raises(OSError, match="in use"):
        open_listener("127.0.0.1", listener.getsockname()[1])
