"""Rasa's part of a training made quick: the data are read as before, and everything is put back."""

from __future__ import annotations

import textwrap
from pathlib import Path

from tests.nlu.test_vectors import script


def test_a_slip_in_training_data_is_named_with_its_line_and_messages_are_copied_afterwards(
    tmp_path: Path,
) -> None:
    code = textwrap.dedent(r"""
        import copy
        import nlu.rasa_quiet
        from nlu.rasa_training import quick
        from rasa.shared.exceptions import YamlException
        from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
        from rasa.shared.nlu.training_data.message import Message

        def read(text):
            reader = RasaYAMLReader()
            reader.filename = "data.yml"
            try:
                return [message.get("text") for message in reader.reads(text).training_examples]
            except YamlException as error:
                return str(error)

        good = "version: '3.1'\nnlu:\n- intent: greet\n  examples: |\n    - hello\n"
        texts = [good, good + "- intent: [1]\n", good + "- intent: a: b\n"]
        plain = [read(text) for text in texts]
        message = Message({"text": "a"})
        with quick():
            assert [read(text) for text in texts] == plain
            assert copy.deepcopy(message) is message
        assert plain[0] == ["hello"] and "data.yml:6" in plain[1], plain
        assert copy.deepcopy(message) is not message
    """)
    script(code, tmp_path)
