"""`python -m nlu.train --out models/ [--force]`: train the model that fits config, data and code.

Compares the new model with the newest old one on the dev set and keeps the old one if it is better (unless `--force`).
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from nlu.fingerprint import ROOT, model_name


def say(sentence: str) -> None:
    """Progress for the person at the terminal."""
    print(sentence, file=sys.stderr, flush=True)


def train_model(out: Path, config: Path, data: Path, name: str) -> Path:
    """Train with Rasa and return the model file."""
    from rasa.model_training import train_nlu

    import nlu.rasa_quiet  # noqa: F401
    from nlu.rasa_training import quick
    from nlu.runner import settle

    settle()
    with quick():
        result = train_nlu(
            config=str(config),
            nlu_data=str(data),
            output=str(out),
            fixed_model_name=name.removesuffix(".tar.gz"),
            # There is no cache to be asked what has changed (`nlu.rasa_quiet`).
            additional_arguments={"force_full_training": True},
        )
    if not result:
        raise SystemExit("Training gave no model; Rasa's messages above say why.")
    return Path(result)


def newest(folder: Path) -> Path | None:
    """The newest model of a folder."""
    models = sorted(folder.glob("hamyar-*.tar.gz"), key=lambda f: f.stat().st_mtime)
    return models[-1] if models else None


def main(arguments: list[str] | None = None) -> int:
    """0 when a fitting model lies in the folder, 3 when the new one was worse and thrown away."""
    parser = argparse.ArgumentParser(
        prog="nlu.train", description="Train the understanding of Persian messages."
    )
    parser.add_argument("--out", type=Path, default=ROOT / "models")
    parser.add_argument("--config", type=Path, default=ROOT / "config.yml")
    parser.add_argument("--data", type=Path, default=ROOT / "data" / "nlu")
    parser.add_argument("--dev", type=Path, default=ROOT / "tests" / "nlu" / "dev")
    parser.add_argument("--name", default=None, help="file name instead of hamyar-<fingerprint>.tar.gz")
    parser.add_argument(
        "--force", action="store_true", help="keep the new model even if the old one was better"
    )
    options = parser.parse_args(arguments)
    out, config, data, dev = (p.resolve() for p in (options.out, options.config, options.data, options.dev))
    out.mkdir(parents=True, exist_ok=True)
    os.chdir(ROOT)
    began = time.monotonic()
    name = options.name or model_name()
    old = newest(out)
    say(f"[1/3] Loading Rasa and hazm … (model {name})")
    with tempfile.TemporaryDirectory(dir=out) as work:
        say("[2/3] Training: reading the sentences, making noisy copies, fitting, calibrating …")
        made = train_model(Path(work), config, data, name)
        say(f"      trained after {time.monotonic() - began:.0f} s, {made.stat().st_size / 1e6:.1f} MB")
        from nlu.compare import compare

        say("[3/3] Comparing with the model before on the dev set …")
        verdict = compare(old if old and old.name != name else None, made, dev)
        say(verdict.text)
        if verdict.worse and not options.force:
            say("The old model stays. `--force` takes the new one all the same.")
            return 3
        made.replace(out / name)
    say(f"Done after {time.monotonic() - began:.0f} s: {out / name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
