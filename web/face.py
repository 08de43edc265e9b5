"""The shared look: the texts, the templates and the static files of all pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates
from starlette.types import Scope

from casework.datafile import YAML

WEB = Path(__file__).resolve().parent
STATIC = WEB / "static"
WEB_TEXTS = WEB.parent / "data" / "messages" / "web.yml"
FONT = "vendor/vazirmatn/Vazirmatn[wght].woff2"


class TextsError(Exception):
    """A file of texts that cannot be used: names file, key and reason."""


def load_texts(path: Path = WEB_TEXTS) -> dict[str, Any]:
    """The texts of the pages. Raises TextsError on a file that is missing, broken, or has an empty text."""
    try:
        texts = yaml.load(path.read_text(encoding="utf-8"), Loader=YAML)  # noqa: S506 (a safe loader)
    except (OSError, yaml.YAMLError) as error:
        raise TextsError(f"{path}: {error}") from error
    if not isinstance(texts, dict):
        raise TextsError(f"{path}: expected a mapping of texts")
    _check_filled(path, "", texts)
    return texts


def _check_filled(path: Path, key: str, value: Any) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            if not isinstance(name, str):
                raise TextsError(f"{path}: {key}{name}: a key must be a string (quote it)")
            _check_filled(path, f"{key}{name}.", inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _check_filled(path, f"{key}{number}.", inner)
    elif not isinstance(value, str) or not value.strip():
        raise TextsError(f"{path}: {key.rstrip('.')}: expected a text, found {value!r} (quote numbers)")


def templates(folders: Sequence[Path] = (), **shared: Any) -> Jinja2Templates:
    """Templates from `folders`, then from web/templates. An unknown name is an error, never an empty place."""
    loader = ChoiceLoader([FileSystemLoader(str(folder)) for folder in (*folders, WEB / "templates")])
    env = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    # A page without the font still works; only the preload would ask in vain.
    env.globals.update(font=quote(f"/static/{FONT}") if (STATIC / FONT).is_file() else None, **shared)
    return Jinja2Templates(env=env)


class _Static(StaticFiles):
    """Fonts stay in the browser; our own files are asked for again each time and answered with 304."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        kept = path.endswith(".woff2")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if kept else "no-cache"
        return response


def static_mount() -> Mount:
    """web/static at /static."""
    return Mount("/static", app=_Static(directory=STATIC), name="static")
