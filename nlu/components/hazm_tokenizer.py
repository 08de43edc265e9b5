"""hazm as a Rasa tokenizer: tokens in standard spelling, with lemma and true offsets."""

from __future__ import annotations

from typing import Any, Dict, List

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from nlu.fingerprint import code_fingerprint
from nlu.hazm_words import shared
from nlu.words import Word, read_words


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class HazmTokenizer(Tokenizer):
    """Numbers and addresses are taken out, then hazm normalises, tokenizes and lemmatizes the rest."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
            # hazm's lemmas, for a featurizer that reads them; they cost 80 MB and some time for each word.
            "lemmas": True,
            "code": code_fingerprint(),
        }

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> HazmTokenizer:
        shared()  # so that the first citizen does not wait for it
        return cls(config)

    def tokenize(self, message: Message, attribute: str) -> List[Token]:
        """Tokens of the attribute's text; `data["kind"]` is `nlu.words.Word.kind`."""
        split = shared().split_with_lemmas if self._config["lemmas"] else shared().split
        words = read_words(message.get(attribute), split)
        return [WordToken(word) for word in words]


class WordToken(Token):
    """A token that keeps the word it was made of."""

    def __init__(self, word: Word) -> None:
        super().__init__(word.standard, word.start, word.end, {"kind": word.kind}, word.lemma)
        self.word = word


def words_of(tokens: List[Token]) -> List[Word]:
    """The words behind tokens, also those of another tokenizer."""
    return [
        t.word if isinstance(t, WordToken) else Word(t.start, t.end, t.text, t.lemma, t.get("kind", "word"))
        for t in tokens
    ]
