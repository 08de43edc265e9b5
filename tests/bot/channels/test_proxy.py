"""A messenger that is only to be had through a proxy: asked, answered and read from through it, and never around it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.channels.botapi import BotApiChannel
from bot.channels.errors import FetchFailed
from bot.outgoing import Outgoing, SendFailed
from tests.botapi import TOKEN, BotApiServer
from tests.support.proxy import LOGIN, NOWHERE, RunningProxy

from .conftest import Inbox


@pytest.fixture
def proxy(server: BotApiServer) -> Iterator[RunningProxy]:
    with RunningProxy({NOWHERE: server.url}) as running:
        yield running


def channel_behind(server: BotApiServer, proxy_url: str, folder: Path, scheme: str = "http") -> BotApiChannel:
    return BotApiChannel(
        server.mode,
        TOKEN,
        f"{scheme}://{NOWHERE}",
        proxy_url=proxy_url,
        attachments=folder,
        poll_seconds=1,
        backoff=(0.02, 0.1),
    )


@pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h"])
async def test_updates_messages_pictures_and_files_all_take_the_proxy(
    server: BotApiServer, proxy: RunningProxy, inbox: Inbox, tmp_path: Path, scheme: str
) -> None:
    channel = channel_behind(server, proxy.url(scheme), tmp_path)
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8jpeg")
    polling = asyncio.create_task(channel.run(inbox.receive, inbox.dead_letter))
    server.citizen_sends(7, "چراغ", photo=b"\xff\xd8photo")
    await server.wait_for(lambda: len(inbox.received) == 1)
    assert await channel.download(inbox.received[0].attachments[0].file_id, 100) == b"\xff\xd8photo"
    await channel.send("7", Outgoing("پس از تعمیر", photos=("a.jpg",)))
    assert [one.photo for one in server.messages_to(7)] == [b"\xff\xd8jpeg"]
    assert {kind for kind, _ in proxy.asked} == {"http" if scheme == "http" else "socks5"}
    channel.stop()
    await polling
    await channel.aclose()


async def test_what_is_encrypted_goes_through_an_http_proxy_as_a_tunnel(
    server: BotApiServer, proxy: RunningProxy, tmp_path: Path
) -> None:
    channel = channel_behind(server, proxy.url("http"), tmp_path, "https")
    with pytest.raises(SendFailed):  # behind the tunnel nobody speaks TLS
        await channel.send("7", Outgoing("x"))
    assert proxy.asked == [("connect", NOWHERE)]
    await channel.aclose()


@pytest.mark.parametrize("scheme", ["http", "socks5"])
@pytest.mark.parametrize("trouble", ["wrong password", "nobody there"])
async def test_a_proxy_that_does_not_let_us_through_is_trouble_of_the_network_that_tells_no_secret(
    server: BotApiServer, proxy: RunningProxy, tmp_path: Path, scheme: str, trouble: str
) -> None:
    url = proxy.url(scheme).replace(LOGIN[1], "another-word")
    if trouble == "nobody there":
        url = f"{scheme}://{':'.join(LOGIN)}@127.0.0.1:9"
    channel = channel_behind(server, url, tmp_path)
    with pytest.raises(SendFailed) as failed:
        await channel.send("7", Outgoing("x"))
    with pytest.raises(FetchFailed):
        await channel.download("f0001.jpg", 100)
    assert not any(word in str(failed.value) for word in (*LOGIN, "another-word", TOKEN))
    assert not server.state.calls and not proxy.asked
    await channel.aclose()
