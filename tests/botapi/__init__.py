"""A Bot API server of our own on loopback, in Telegram's and in Bale's manner."""

from tests.botapi.server import TOKEN, BotApiServer
from tests.botapi.state import Faults, Sent

__all__ = ["TOKEN", "BotApiServer", "Faults", "Sent"]
