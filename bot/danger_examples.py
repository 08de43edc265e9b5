"""The examples of the emergency check and the net that is learned from them, once, into a cache file.

    data/danger/examples/*.yml   a kind (or `none`, or `undecided`: not learned from) -> sentences
    data/danger/signals.yml      word groups
    data/danger/noise.yml        what people write around the matter
    data/nlu                     ordinary requests and talk: examples of none, except what stands in examples/

`learned(folder, ...)` gives the net; it learns in some 40 seconds where no cache file fits (the files, this program
or the settings have changed), else it reads that file. Nothing is asked of anybody: delete the file at will.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bot import danger_learning, danger_net, danger_reader, danger_signals, danger_text
from bot.danger_net import NONE, Example, Net
from bot.danger_reader import Reader
from bot.danger_signals import Signals
from bot.danger_text import KINDS, DangerFileError
from casework.datafile import Section

UNDECIDED = "undecided"
# Requests to these bodies speak of danger and of bills alike: only what is judged in examples/ counts.
MIXED = frozenset(f"not_ours_{body}" for body in ("emergency", "gas", "power", "police", "social"))
COPIES = 2  # shapes of an example beside its own
SURROUNDED = 0.5  # how many of the copies stand among words of an ordinary request

# The lowest at which no more than 2 of 100 ordinary requests raise an alarm, by the table that `python -m bench.danger`
# prints (cross-validation, 2026-11-30). Of 100 dangers, hard negatives and ordinary requests, and of the two writers'
# dangers and hard negatives, there is one at: -0.3 in 89, 10, 2.5, 91, 8.2; -0.2 in 86, 7.5, 1.8, 89, 5.5; -0.1 in 82,
# 5.7, 1.3, 86, 3.3; 0.0 in 79, 4.4, 0.9, 83, 3.3. A missed danger weighs more than a number named for nothing (the
# filing goes on). The net leans to `none` the more sentences of other kinds there are: look at the table again when
# data/nlu has grown by a tenth. Not set on a held-out file.
THRESHOLD = -0.2

_PROGRAM = (danger_learning, danger_net, danger_reader, danger_signals, danger_text)
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Examples:
    """`own`: sentences of examples/ with their kind or `none`; `ordinary`: sentences of data/nlu."""

    own: tuple[Example, ...]
    ordinary: tuple[str, ...]

    @classmethod
    def load(cls, folder: Path) -> Examples:
        """`folder` is data/danger. Raises DangerFileError."""
        judged: dict[str, str] = {}
        for path in sorted((folder / "examples").glob("*.yml")):
            section = Section.of_file(path, DangerFileError)
            for kind in section.names():
                if kind not in (*KINDS, NONE, UNDECIDED):
                    raise section.fail(kind, f"not one of {', '.join((*KINDS, NONE, UNDECIDED))}")
                for text in section.texts(kind):
                    if judged.setdefault(text, kind) != kind:
                        raise section.fail(kind, f"{text!r} is an example of {judged[text]} too")
        if not set(KINDS) <= set(judged.values()):
            raise DangerFileError(folder / "examples", "", "examples of every kind are needed")
        ordinary = dict.fromkeys(text for text in _ordinary(folder.parent / "nlu") if text not in judged)
        own = tuple((text, kind) for text, kind in judged.items() if kind != UNDECIDED)
        return cls(own, tuple(ordinary))


class Noise:
    """Shapes of an example: with a greeting, a place, words of another request, slips of the keyboard."""

    def __init__(self, path: Path, examples: Examples) -> None:
        section = Section.of_file(path, DangerFileError)
        section.known("before", "after", "joints", "places")
        self._before, self._after = section.texts("before"), section.texts("after")
        joints = section.texts("joints")
        self._joints = [" ", *(f" {joint} " if joint.isalpha() else f"{joint} " for joint in joints)]
        place = re.compile(rf"(?:{'|'.join(section.texts('places'))})\s+\S+(?:\s+\S+)?(?:\s+\d+)?")
        self._places = sorted({found for text in examples.ordinary for found in place.findall(text)})
        self._others = [text.rstrip(".!?\u061f") for text in examples.ordinary if 3 <= len(text.split()) <= 9]
        self._varied = {text for text, _ in examples.own}

    def __call__(self, example: Example, dice: random.Random) -> list[Example]:
        text, kind = example
        if text not in self._varied:
            return [example]
        return [example, *((self._shape(text, dice), kind) for _ in range(COPIES))]

    def _shape(self, text: str, dice: random.Random) -> str:
        if self._places and dice.random() < 0.5:
            place = dice.choice(self._places)
            text = text + dice.choice(self._joints) + place if dice.random() < 0.6 else f"{place} {text}"
        if dice.random() < 0.25:
            text = f"{dice.choice(self._before)} {text}"
        if dice.random() < 0.2:
            text = f"{text} {dice.choice(self._after)}"
        for _ in range(dice.choice((0, 0, 0, 1, 1, 2))):
            text = _slip(text, dice)
        if self._others and len(text.split()) < 12 and dice.random() < SURROUNDED:
            other, joint = dice.choice(self._others), dice.choice(self._joints)
            text = other + joint + text if dice.random() < 0.5 else text + joint + other
        return text


def _slip(text: str, dice: random.Random) -> str:
    at = dice.randrange(len(text))
    slip = dice.randrange(5)
    if slip == 0:
        return text[:at] + text[at + 1 :] or text
    if slip == 1:
        return text[:at] + text[at] + text[at:]
    if slip == 2:
        return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
    spaces = [place for place, letter in enumerate(text) if letter in " \u200c"]
    if slip == 3 and spaces:
        at = dice.choice(spaces)
        return text[:at] + text[at + 1 :]
    return text[:at] + dice.choice(text) + text[at + 1 :]


def learn(folder: Path, examples: Examples) -> Net:
    """A net of these examples, with its threshold."""
    every = [*examples.own, *((text, NONE) for text in examples.ordinary)]
    noise = Noise(folder / "noise.yml", examples)
    return replace(danger_learning.train(every, signals(folder), KINDS, noise), threshold=THRESHOLD)


def signals(folder: Path) -> Signals:
    """data/danger/signals.yml. Raises DangerFileError."""
    section = Section.of_file(folder / "signals.yml", DangerFileError)
    return Signals({name: section.texts(name) for name in section.names()})


def learned(folder: Path, cache: Path | None) -> Net:
    """The net of the files in `folder` (data/danger): from the cache folder if it is there, else learned and kept."""
    if cache is None:
        return learn(folder, Examples.load(folder))
    kept = cache / f"danger-{_key(folder)}.json"
    found = _kept(kept, folder)
    if found is not None:
        return found
    with _alone(cache):
        # All roles start at the same moment: one of them learns, the others wait and read.
        found = _kept(kept, folder)
        if found is not None:
            return found
        _LOG.info("learning the emergency check from data/danger/examples")
        net = learn(folder, Examples.load(folder))
        try:
            _write(kept, net)
        except OSError as error:
            _LOG.warning(
                "the emergency check is learned at each start, its cache cannot be written: %s", error
            )
        return net


def _kept(file: Path, folder: Path) -> Net | None:
    try:
        return _read(file, folder)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        _LOG.warning("%s cannot be read and is made again: %s", file, error)
        return None


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """One process at a time; where the folder cannot be written, everybody by herself."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = os.open(cache / "danger.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        yield
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _key(folder: Path) -> str:
    files = [*(folder / "examples").glob("*.yml"), folder / "signals.yml", folder / "noise.yml"]
    files += [*_nlu_files(folder.parent / "nlu")]
    files += [Path(module.__file__ or "") for module in _PROGRAM] + [Path(__file__)]
    total = hashlib.sha256()
    for file in sorted(files, key=lambda file: file.name):
        total.update(file.name.encode() + b"\0" + (file.read_bytes() if file.exists() else b"") + b"\0")
    return total.hexdigest()[:16]


def _write(path: Path, net: Net) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fields = {name: value for name, value in vars(net).items() if name != "reader"}
    fields["frequency"] = net.reader.frequency
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(fields, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    draft.replace(path)
    for old in path.parent.glob("danger-*.json"):
        if old != path:
            old.unlink(missing_ok=True)


def _read(path: Path, folder: Path) -> Net:
    fields = json.loads(path.read_text(encoding="utf-8"))
    reader = Reader(signals(folder), fields.pop("frequency"))
    fields["kinds"] = tuple(fields["kinds"])
    return Net(reader=reader, **fields)


def _nlu_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.yml")) + sorted(folder.glob("*/extra/*.yml"))


def _ordinary(folder: Path) -> list[str]:
    """Sentences of the Rasa training data that are no mixed request."""
    found = []
    for path in _nlu_files(folder):
        for block in Section.of_file(path, DangerFileError).sections("nlu"):
            if block.has("metadata") and block.section("metadata").text_or_none("service") in MIXED:
                continue
            lines = block.text("examples").splitlines()
            found += [line.strip()[2:].strip() for line in lines if line.strip().startswith("- ")]
    return found
