"""Places of the message: `persian.locations` as a Rasa component; the gazetteer travels inside the model."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Dict, List, Optional

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.fingerprint import sources_fingerprint
from persian.gazetteer import Gazetteer
from persian.locations import find_locations


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class PlaceExtractor(GraphComponent):
    """Sets `locations`: `{"text","start","end","kind","name","district"}`, offsets in code points of the text.

    Without a gazetteer folder (other training data) it finds nothing.
    """

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        return {"gazetteer": "data/gazetteer", "sources": sources_fingerprint()}

    def __init__(
        self,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        gazetteer: Optional[Gazetteer] = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self.gazetteer = gazetteer

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> PlaceExtractor:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> PlaceExtractor:
        try:
            with model_storage.read_from(resource) as folder:
                stored = folder / "gazetteer"
                gazetteer = Gazetteer.load(stored) if stored.is_dir() else None
        except ValueError:
            gazetteer = None
        return cls(config, model_storage, resource, gazetteer)

    def train(self, training_data: TrainingData) -> Resource:
        """Put a copy of the gazetteer into the model, and check that it can be read."""
        source = Path(self._config["gazetteer"])
        with self._model_storage.write_to(self._resource) as folder:
            if source.is_dir():
                self.gazetteer = Gazetteer.load(source)
                shutil.copytree(source, folder / "gazetteer")
            else:
                (folder / "none").touch()
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Find the places of each message."""
        for message in messages:
            text = message.get(TEXT) or ""
            found = find_locations(text, self.gazetteer) if self.gazetteer is not None else []
            message.set("locations", [dict(place) for place in found], add_to_output=True)
        return messages
