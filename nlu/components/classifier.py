"""The classifier with two heads, intent and service, as a Rasa component.

Labels of the second head come from `metadata: {service: CODE}` of an example's block. Data without such metadata train
the intent head alone: the component serves any Rasa training data.
"""

from __future__ import annotations

import logging
import pickle
from pathlib import Path
from typing import Any, Dict, List, Optional, Type

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.answers import load_questions
from nlu.components.hazm_tokenizer import words_of
from nlu.fingerprint import sources_fingerprint
from nlu.hazm_words import KnownWords, shared
from nlu.judge import Judge
from nlu.training import Example, train_judge
from nlu.vectors import MOST, VectorsError, WordVectors
from nlu.words import read_words

logger = logging.getLogger(__name__)
_FILE = "judge.pickle"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ServiceIntentClassifier(GraphComponent, IntentClassifier):
    """Sets intent, intent_ranking, service_code, service_ranking, decision, also_reported, answer_id."""

    @classmethod
    def required_components(cls) -> List[Type]:
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        return {
            "thesaurus": "data/thesaurus",
            "answers": "data/answers",
            "dev": "tests/nlu/dev",
            "noise": 1,
            # A local file or folder of word vectors (`nlu.vectors`) whose meaning is learned beside the words.
            "vectors": None,
            "most_vectors": MOST,
            "sources": sources_fingerprint(),
        }

    def __init__(
        self,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        judge: Optional[Judge] = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self.judge = judge

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ServiceIntentClassifier:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ServiceIntentClassifier:
        try:
            with model_storage.read_from(resource) as folder, (folder / _FILE).open("rb") as file:
                judge = pickle.load(file)
            if judge is not None and judge.model.heads:
                judge.warm()
            return cls(config, model_storage, resource, judge)
        except VectorsError:
            raise  # a model with word vectors is nothing without its file
        except ValueError:
            logger.warning("No trained classifier in this model: every message gets an empty intent.")
            return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit both heads, calibrate them on held-out folds, choose thresholds."""
        examples = []
        for message in training_data.intent_examples:
            meta = (message.get("metadata") or {}).get("intent") or {}
            meta = meta if isinstance(meta, dict) else {}
            tokens = message.get(TOKENS_NAMES[TEXT]) or []
            examples.append(
                Example(
                    message.get(TEXT),
                    message.get(INTENT),
                    meta.get("service"),
                    words_of(tokens),
                    meta.get("register"),
                )
            )
        if examples:
            hazm = shared()
            path = self._config["vectors"]
            questions = []
            if any(e.intent == "info" for e in examples):
                questions = load_questions(Path(self._config["answers"]))
                for question in questions:
                    words = read_words(question.text, hazm.split)
                    examples.append(Example(question.text, question.intent, question.service_code, words))
            self.judge = train_judge(
                examples,
                folder=Path(self._config["thesaurus"]),
                dev=Path(self._config["dev"]),
                split=hazm.split,
                lexicon=KnownWords(),
                questions=questions,
                copies=int(self._config["noise"]),
                vectors=WordVectors(Path(path).absolute(), int(self._config["most_vectors"]))
                if path
                else None,
            )
            self._persist()
        return self._resource

    def _persist(self) -> None:
        with self._model_storage.write_to(self._resource) as folder, (folder / _FILE).open("wb") as file:
            pickle.dump(self.judge, file, protocol=5)

    def process(self, messages: List[Message]) -> List[Message]:
        """Judge each message."""
        for message in messages:
            if self.judge is None:
                continue
            judged = self.judge.judge(words_of(message.get(TOKENS_NAMES[TEXT]) or []))
            message.set(
                INTENT,
                {"name": judged.intent, "confidence": float(judged.intent_confidence)},
                add_to_output=True,
            )
            message.set(
                "intent_ranking",
                [{"name": str(n), "confidence": float(p)} for n, p in judged.intent_ranking[:10]],
                add_to_output=True,
            )
            message.set("service_code", judged.service_code, add_to_output=True)
            message.set(
                "service_ranking",
                [{"service_code": str(n), "confidence": float(p)} for n, p in judged.service_ranking],
                add_to_output=True,
            )
            message.set("decision", judged.decision, add_to_output=True)
            message.set("also_reported", list(judged.also_reported), add_to_output=True)
            message.set("answer_id", judged.answer_id, add_to_output=True)
            message.set("answer_confidence", float(judged.answer_confidence), add_to_output=True)
        return messages
