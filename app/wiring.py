"""Puts the parts of a role together: store, knowledge, registry, channels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from actions import menu
from actions.answers import load_answers
from actions.dialogue import Knowledge
from actions.texts import Texts
from app.municipal import registry_of
from app.paths import ROOT
from app.settings import Settings
from bot.channels.botapi import BotApiChannel
from bot.danger import DangerCheck
from bot.inbox import Inbox
from bot.speech import HttpRecogniser
from bot.understanding import UnderstandingClient
from casework.attachment_links import AttachmentLinks
from casework.catalogue import load_catalogue
from casework.lifecycle import load_lifecycle
from casework.store import Store, open_store
from integrations.registry import Registry
from persian.gazetteer import Gazetteer
from web.open311.server import About, Server

DATA = ROOT / "data"


@dataclass(frozen=True)
class Wiring:
    """What the loops of a role share; each part is made when it is first asked for."""

    settings: Settings

    @cached_property
    def store(self) -> Store:
        return open_store(self.settings.database_url)

    @cached_property
    def registry(self) -> Registry:
        return registry_of(self.settings)

    @cached_property
    def knowledge(self) -> Knowledge:
        return Knowledge(
            catalogue=load_catalogue(DATA / "catalogue"),
            lifecycle=load_lifecycle(DATA / "catalogue" / "lifecycle.yml"),
            answers=load_answers(DATA / "answers"),
            texts=self.texts,
            gazetteer=Gazetteer.load(DATA / "gazetteer"),
            routing=self.registry.routing(),
        )

    @cached_property
    def texts(self) -> Texts:
        return Texts.load(DATA / "messages")

    @cached_property
    def danger(self) -> DangerCheck:
        return DangerCheck.load(DATA / "danger" / "danger.yml")

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(
            self.store,
            self.settings.hamyar_grouping_seconds,
            self.danger,
            is_command=lambda text: text.startswith("/") or menu.command_in(text, self.texts) is not None,
        )

    @cached_property
    def understanding(self) -> UnderstandingClient:
        return UnderstandingClient(self.settings.rasa_urls, self.settings.rasa_token.get_secret_value())

    @cached_property
    def recogniser(self) -> HttpRecogniser | None:
        """What puts voices into words, where one is set up."""
        settings = self.settings
        if not settings.hamyar_speech_url:
            return None
        return HttpRecogniser(settings.hamyar_speech_url, settings.hamyar_speech_token.get_secret_value())

    @cached_property
    def links(self) -> AttachmentLinks:
        """Signed addresses of citizens' files."""
        return AttachmentLinks(self.settings.hamyar_secret_key.get_secret_value(), self.settings.public_url)

    @cached_property
    def open311(self) -> Server:
        """The Open311 server's share."""
        knowledge = self.knowledge
        return Server(
            self.store,
            knowledge.catalogue,
            knowledge.lifecycle,
            knowledge.routing,
            knowledge.gazetteer,
            About.load(DATA / "catalogue" / "open311.yml", knowledge.lifecycle),
            self.settings.public_url,
            test=self.demo,
            redis_url=self.settings.redis_url,
        )

    @property
    def demo(self) -> bool:
        """True where what is filed does not reach the city."""
        return self.settings.simulated or self.settings.hamyar_demo

    @cached_property
    def messengers(self) -> dict[str, BotApiChannel]:
        """The messengers that have a token."""
        settings = self.settings
        telegram, bale = (
            settings.telegram_bot_token.get_secret_value(),
            settings.bale_bot_token.get_secret_value(),
        )
        files = settings.hamyar_attachments
        channels = {}
        if telegram:
            proxy = settings.telegram_proxy_url or None
            channels["telegram"] = BotApiChannel(
                "telegram", telegram, settings.telegram_api_url, proxy_url=proxy, attachments=files
            )
        if bale:
            proxy = settings.bale_proxy_url or None
            channels["bale"] = BotApiChannel(
                "bale", bale, settings.bale_api_url, proxy_url=proxy, attachments=files
            )
        return channels

    async def close(self) -> None:
        """Close what was opened."""
        known = self.__dict__
        for channel in known.get("messengers", {}).values():
            await channel.aclose()
        if "understanding" in known:
            await self.understanding.close()
        if known.get("recogniser"):
            await known["recogniser"].aclose()
        if "store" in known:
            await self.store.close()
