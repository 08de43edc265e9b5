"""Work that is done in Rasa's environment as a process of its own: training, fingerprint, the batch door.

NluJobError          the process failed; the text says which, and how it ended
 ├── NoModel         training ended without a model
 └── WorseModel      the new model did worse on the dev set than the one before, and was thrown away
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from app.paths import DATA, MODELS
from app.rasa_job import RasaJobFailed, ask, lines_in, work

_WORSE = 3
"""Exit code of nlu.train for a new model that was thrown away."""


class NluJobError(Exception):
    """Root of the tree above."""


class NoModel(NluJobError):
    pass


class WorseModel(NluJobError):
    pass


def fitting_model(models: Path = MODELS) -> Path | None:
    """The trained model whose fingerprint is that of the present data and components; None where training is due."""
    try:
        fingerprint = ask(["nlu.fingerprint"]).split()[-1]
    except RasaJobFailed as failed:
        raise NluJobError(str(failed)) from None
    found = sorted(models.glob(f"*{fingerprint}*.tar.gz"), key=lambda path: path.stat().st_mtime)
    return found[-1] if found else None


def train(models: Path = MODELS, *, force: bool = True) -> Path:
    """Train anew and return the model. Raises NluJobError; WorseModel only without `force`.

    `force` is what a start needs: a model that does not fit code and data may not even load.
    """
    models.mkdir(parents=True, exist_ok=True)
    began = time.time() - 1.0
    try:
        work(["nlu.train", "--out", str(models), *(["--force"] if force else [])], "training")
    except RasaJobFailed as failed:
        if failed.code == _WORSE:
            reason = "the new model did worse than the one before and was thrown away; --force takes it"
            raise WorseModel(reason) from None
        raise NluJobError(str(failed)) from None
    # The newest, not the one that fits now: somebody may have edited the data while it was trained.
    made = [path for path in models.glob("hamyar-*.tar.gz") if path.stat().st_mtime >= began]
    if not made:
        raise NoModel("training ended without a model")
    return max(made, key=lambda path: path.stat().st_mtime)


def learn_dangers() -> None:
    """The emergency check is learned once, so that no role has to when it starts. Raises DangerFileError."""
    from bot.danger import DangerCheck

    DangerCheck.load(DATA / "danger" / "danger.yml")


def fitting_or_trained(say: Callable[[str], None], models: Path = MODELS) -> Path:
    """The model that fits; trained now, with a word to the person who waits, where there is none."""
    model = fitting_model(models)
    if model is None:
        say("No trained model fits the data: training one (some minutes)")
        model = train(models)
    return model


def parse_file(source: Path, target: Path, model: Path) -> int:
    """The lines of `source` (JSON, each with `text`) with what was understood, into `target`; how many.

    `emergency` is added here, for the danger check never depends on Rasa. Raises NluJobError, OSError.
    """
    from bot.danger import DangerCheck

    danger = DangerCheck.load(DATA / "danger" / "danger.yml")
    total = lines_in(source)
    with tempfile.TemporaryDirectory() as folder:
        understood = Path(folder) / "out.jsonl"
        arguments = ["nlu.batch", "--model", str(model), "--in", str(source), "--out", str(understood)]
        try:
            work(arguments, "understanding", lambda: (lines_in(understood), total))
        except RasaJobFailed as failed:
            raise NluJobError(str(failed)) from None
        with target.open("w", encoding="utf-8") as out:
            count = 0
            for line in _json_lines(understood):
                found = danger.look(str(line.get("text") or ""))
                line["emergency"] = found.kind if found else None
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
                count += 1
    return count


def _json_lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)
