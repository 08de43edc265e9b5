"""Word vectors that somebody else trained, from a local file: meaning for words that our own sentences do not hold.

Read are fastText's and word2vec's text files (`.vec`, `.txt`: a word and its numbers a line, with or without the line
of counts above), and a folder with `words.txt` (a word a line) and `vectors.npy` (a row each; read in place, not into
memory). Nothing is downloaded. A model remembers the path, not the vectors: the file must stay where it is.

    VectorsError (ValueError): a file that cannot be used; names it and says why
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nlu.words import spelled

MOST = 200_000
"""Words that are read: such files begin with the frequent ones."""


class VectorsError(ValueError):
    """A file of word vectors that cannot be used."""


class WordVectors:
    """`mean(words)`: what a stretch of text means, of length 1."""

    def __init__(self, path: Path, most: int = MOST) -> None:
        self.path, self.most = path, most
        words, self._table = _folder(path, most) if path.is_dir() else _text(path, most)
        self._rows: dict[str, int] = {}
        for row, word in enumerate(words):
            # Several spellings fold into one word: the frequent one, which stands first, is taken.
            self._rows.setdefault(spelled(word), row)

    @property
    def size(self) -> int:
        """Numbers in a vector."""
        return int(self._table.shape[1])

    def __len__(self) -> int:
        return len(self._rows)

    def __getstate__(self) -> dict[str, object]:
        return {"path": self.path, "most": self.most, "size": self.size}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__init__(state["path"], state["most"])  # type: ignore[misc, arg-type]
        if self.size != state["size"]:
            raise VectorsError(
                f"{self.path}: {self.size} numbers a word, the model was trained with {state['size']}"
            )

    def mean(self, words: Sequence[str]) -> np.ndarray:
        """The mean of the vectors of the known words (each of length 1), at length 1; zeros where none is known."""
        rows = [row for word in words if (row := self._rows.get(word)) is not None]
        if not rows:
            return np.zeros(self.size, dtype=np.float32)
        vectors = np.asarray(self._table[rows], dtype=np.float32)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        total: np.ndarray = vectors.sum(axis=0)
        return total / max(float(np.linalg.norm(total)), 1e-9)


def _text(path: Path, most: int) -> tuple[list[str], np.ndarray]:
    words: list[str] = []
    rows: list[np.ndarray] = []
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, 1):
                cells = line.rstrip().split(" ")
                if number == 1 and len(cells) == 2:
                    continue  # how many words, how many numbers
                row = np.array(cells[1:], dtype=np.float32)
                if rows and len(row) != len(rows[0]):
                    raise VectorsError(f"{path}, line {number}: {len(row)} numbers, {len(rows[0])} before")
                words.append(cells[0])
                rows.append(row)
                if len(rows) >= most:
                    break
    except OSError as error:
        raise VectorsError(f"{path}: cannot be read: {error}") from error
    except ValueError as error:
        if isinstance(error, VectorsError):
            raise
        raise VectorsError(f"{path}, line {len(words) + 1}: no word with its numbers") from error
    if not rows or not len(rows[0]):
        raise VectorsError(f"{path}: holds no vectors")
    return words, np.stack(rows)


def _folder(path: Path, most: int) -> tuple[list[str], np.ndarray]:
    try:
        words = (path / "words.txt").read_text(encoding="utf-8").splitlines()[:most]
        table = np.load(path / "vectors.npy", mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise VectorsError(f"{path}: words.txt and vectors.npy cannot be read: {error}") from error
    if table.ndim != 2 or not len(words) or len(words) > len(table):
        raise VectorsError(
            f"{path}: {len(words)} words in words.txt, vectors.npy has the shape {table.shape}"
        )
    return words, table
