"""How the messengers do, as the web role reads it for `/readyz`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from bot.channels.botapi.polling import ChannelHealth
from bot.watch import messengers_work, tell
from casework.store import Store
from casework.tables import MessengerState, utc_now


@dataclass
class Channel:
    state: str = "ok"
    username: str | None = "hamyar_bot"
    told: list[str] = field(default_factory=list)

    def health(self) -> ChannelHealth:
        return ChannelHealth("telegram", self.state, "why", last_contact=utc_now())


async def test_each_trouble_has_its_name(store: Store) -> None:
    assert await messengers_work(store, ["telegram"]) == "telegram: the bot role has not begun"
    for state, trouble in (
        ("ok", None),
        ("no_token", "telegram: no_token"),
        ("conflict", "telegram: conflict"),
    ):
        async with store.write() as session:
            await tell(session, "telegram", Channel(state))  # type: ignore[arg-type]
        assert await messengers_work(store, ["telegram"]) == trouble
    assert await messengers_work(store, []) is None


async def test_a_bot_role_that_says_nothing_more_is_noticed(store: Store) -> None:
    async with store.write() as session:
        await tell(session, "bale", Channel())  # type: ignore[arg-type]
    async with store.write() as session:
        row = await session.get_one(MessengerState, "bale")
        row.told_at = utc_now() - timedelta(minutes=2)
    assert "no word from the bot role" in str(await messengers_work(store, ["bale"]))


async def test_a_name_once_known_is_kept_while_the_messenger_is_away(store: Store) -> None:
    for username in ("hamyar_bot", None):
        async with store.write() as session:
            await tell(session, "bale", Channel(username=username))  # type: ignore[arg-type]
    async with store.read() as session:
        assert (await session.get_one(MessengerState, "bale")).username == "hamyar_bot"
