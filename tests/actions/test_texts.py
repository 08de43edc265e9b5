"""Every sentence of the dialogue renders, is short, and is used."""

from __future__ import annotations

import ast
import re

import pytest

from actions.dialogue import Knowledge
from actions.texts import TextError, Texts
from app.paths import DATA, ROOT
from tests.support.knowledge import knowledge  # noqa: F401  (a fixture)

TEXTS = Texts.load(DATA / "messages")

CODE = "\n".join(
    path.read_text(encoding="utf-8")
    for name in ("actions", "bot", "casework")
    for path in (ROOT / name).rglob("*.py")
)


def _of_file(name: str) -> list[str]:
    import yaml

    from actions.texts import _flat

    path = DATA / "messages" / name
    return [key for key, _ in _flat(yaml.safe_load(path.read_text(encoding="utf-8")), path)]


OURS = _of_file("dialogue.yml") + _of_file("push.yml") + _of_file("danger.yml")


@pytest.mark.parametrize("key", OURS)
def test_a_text_renders_with_each_variable_in_at_most_five_lines(key: str) -> None:
    variables = dict.fromkeys(TEXTS.variables(key), "ــ")
    said = TEXTS.say(key, variables)
    assert said
    assert "{" not in said
    if not key.startswith("words."):
        assert len(said.splitlines()) <= 5, "five short lines at the most"


def test_an_answer_with_its_question_has_at_most_five_lines(knowledge: Knowledge) -> None:  # noqa: F811
    for answer in knowledge.answers:
        said = TEXTS.say("answers.text_and_question", text=answer.text)
        assert len(said.splitlines()) <= 5, answer.id


@pytest.mark.parametrize("key", OURS)
def test_no_text_is_written_in_arabic_letters_or_latin_digits(key: str) -> None:
    template = re.sub(r"\{\w+\}", "", TEXTS.template(key))
    assert not set("يكة0123456789") & set(template)


@pytest.mark.parametrize("key", OURS)
def test_every_text_is_used(key: str) -> None:
    group = key.split(".")[0]
    built = (f'"{group}.{{', f'f"{group}.', f"'{group}.")
    assert key in CODE or any(part in CODE for part in built) or group in ("command_words", "words"), (
        f"nobody says {key}"
    )


LONGEST_LABEL = 40


def test_every_label_fits_on_a_button(knowledge: Knowledge) -> None:  # noqa: F811
    catalogue, say = knowledge.catalogue, TEXTS.say
    labels = [f"{group.emoji} {group.name}" for group in catalogue.groups.values()]
    for service in catalogue.services.values():
        labels += [f"{catalogue.groups[service.group].emoji} {service.name}", service.name]
        labels.append(say("filed.also_button", service=service.name))
        labels.append(say("answers.file_service", service=service.name))
        labels += [value.name for attribute in service.attributes for value in attribute.values]
    too_long = {label for label in labels if len(label) > LONGEST_LABEL}
    assert not too_long


def test_no_sentence_stands_in_the_code_of_the_dialogue() -> None:
    persian = re.compile(r"[\u0621-\u064a\u067e-\u06d3]")
    for path in (ROOT / "actions").glob("*.py"):
        strings = [
            node.value
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        # A docstring may quote what a citizen writes: it has Latin words around it.
        assert not [s for s in strings if persian.search(s) and not re.search("[a-z]{3}", s)], path.name


def test_a_line_with_an_empty_variable_falls_away() -> None:
    texts = Texts({"a": "یک {x}\nدو\nسه {y}"})
    assert texts.say("a", x="", y="۳") == "دو\nسه ۳"


def test_a_missing_variable_is_an_error_that_names_it() -> None:
    with pytest.raises(TextError, match="number"):
        Texts({"a": "{number}"}).say("a")


def test_a_citizens_braces_are_only_words() -> None:
    assert Texts({"a": "«{words}»"}).say("a", words="{number} %s {0}") == "«{number} %s {0}»"
