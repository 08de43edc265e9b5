"""Rasa's own share of a training made small: no fingerprints for a cache that is off, no copies of copies of messages.

A quarter of a training's processor time went into reading every file twice, with a parser in plain Python that knows
the numbers of lines (needed for an error alone), copying all messages at each merge of files and importers, and hashing
them and all their words at each node of the graph. What is trained is the same, also by `rasa train nlu` without this.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

_COMPRESSION = 3
"""gzip's level: 17 MB in a tenth of the time that 9, which Rasa takes, needs for 16."""


@contextmanager
def quick() -> Iterator[None]:
    """Within this, a training in this process leaves out what nobody needs."""
    import rasa.shared.utils.io
    from rasa.engine.storage import local_model_storage
    from rasa.engine.training.hooks import TrainingHook
    from rasa.shared.exceptions import YamlException
    from rasa.shared.importers.importer import NluDataImporter
    from rasa.shared.nlu.constants import INTENT, TEXT
    from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
    from rasa.shared.nlu.training_data.message import Message

    read, validate = rasa.shared.utils.io.read_yaml, RasaYAMLReader.validate

    def read_quickly(content: str, reader_type: Any = "safe") -> Any:
        return read(content)

    def validate_quickly(reader: Any, content: str) -> None:
        try:
            with _replaced(rasa.shared.utils.io, "read_yaml", read_quickly):
                validate(reader, content)
        except YamlException:
            validate(reader, content)  # once more, for the number of the line

    read_data = NluDataImporter.get_nlu_data
    read_before: dict[int, Any] = {}

    def read_once(importer: Any, language: str = "en") -> Any:
        if id(importer) not in read_before:
            read_before[id(importer)] = read_data(importer, language)
        return read_before[id(importer)]

    class Archive(local_model_storage.TarSafe):
        @classmethod
        def open(cls, name: Any = None, mode: str = "r", *given: Any, **named: Any) -> Any:
            if mode == "w:gz":
                named.setdefault("compresslevel", _COMPRESSION)
            return super().open(name, mode, *given, **named)

    with ExitStack() as replaced:
        for target, name, new in (
            (RasaYAMLReader, "validate", validate_quickly),
            # Messages are read once and belong to this training alone.
            (Message, "__deepcopy__", lambda message, memo: message),
            (Message, "__hash__", lambda message: hash((message.get(TEXT), message.get(INTENT)))),
            (NluDataImporter, "get_nlu_data", read_once),
            (TrainingHook, "on_before_node", lambda hook, *given, **named: {}),
            (TrainingHook, "on_after_node", lambda hook, *given, **named: None),
            (local_model_storage, "TarSafe", Archive),
        ):
            replaced.enter_context(_replaced(target, name, new))
        yield


@contextmanager
def _replaced(target: Any, name: str, new: object) -> Iterator[None]:
    """An attribute replaced, and put back (or taken away) afterwards."""
    before = vars(target).get(name)
    setattr(target, name, new)
    try:
        yield
    finally:
        if before is None:
            delattr(target, name)
        else:
            setattr(target, name, before)
