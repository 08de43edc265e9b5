"""Tracking numbers of the message, in Latin digits."""

from __future__ import annotations

from typing import Any, Dict, List

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.fingerprint import code_fingerprint
from persian.tracking import read


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class TrackingNumberExtractor(GraphComponent):
    """Sets `tracking_numbers`: every run of nine digits, with a right check digit or not, as a string."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        return {"code": code_fingerprint()}

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TrackingNumberExtractor:
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Read the numbers of each message."""
        for message in messages:
            numbers = [number for number, _, _ in read(message.get(TEXT) or "")]
            message.set("tracking_numbers", numbers, add_to_output=True)
        return messages
