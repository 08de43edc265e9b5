"""Which model fits: a hash of the pipeline, the training data and the code that reads them.

`python -m nlu.fingerprint` prints it in some milliseconds, with the standard library alone, so that `make run` knows
whether a model has to be trained.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_CODE = (("nlu", "*.py"), ("persian", "*.py"))
# What components read beside Rasa's training data.
_SOURCES = (("data/thesaurus", "*"), ("data/gazetteer", "*"), ("data/answers", "*"))
_TRAINING = (("data/nlu", "*.yml"),)
_FILES = ("config.yml", "requirements/rasa.txt")


def hash_files(root: Path, files: Iterable[Path]) -> str:
    """Sixteen hex digits over names and contents."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(str(file.relative_to(root)).encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _files(root: Path, folders: Iterable[tuple[str, str]]) -> list[Path]:
    return [f for folder, pattern in folders for f in (root / folder).rglob(pattern) if f.is_file()]


@lru_cache(maxsize=1)
def code_fingerprint() -> str:
    """Over the code of `nlu` and `persian`: part of every component's configuration."""
    return hash_files(ROOT, _files(ROOT, _CODE))


@lru_cache(maxsize=1)
def sources_fingerprint() -> str:
    """Over code, thesaurus, gazetteer and answers."""
    return hash_files(ROOT, _files(ROOT, _CODE + _SOURCES))


def model_fingerprint(root: Path = ROOT) -> str:
    """Over everything a trained model depends on."""
    files = _files(root, _CODE + _SOURCES + _TRAINING)
    return hash_files(root, [*files, *(root / f for f in _FILES if (root / f).is_file())])


def model_name(root: Path = ROOT) -> str:
    """The file name of the model that fits."""
    return f"hamyar-{model_fingerprint(root)}.tar.gz"


if __name__ == "__main__":
    print(model_fingerprint())
