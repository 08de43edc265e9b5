"""Rules of the house that no linter knows, over the files that git tracks.

- No Persian letters in the strings of `.py` outside `persian/`, `nlu/`, `tests/`: what a citizen reads stands in
  `data/`. A docstring or comment may quote what a citizen writes.
- No address of a package index, no model, database or secret file.
- No module longer than 450 lines (tests and migrations apart), and a word about one longer than 300.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_PERSIAN = re.compile(r"[\u0621-\u064a\u066e-\u06d3\u06f0-\u06f9\ufb50-\ufdff\ufe70-\ufefc]")
_MAY_HAVE_PERSIAN = ("persian/", "nlu/", "tests/", "bench/")
_INDEX = re.compile(
    r"--(?:extra-)?index-url|--find-links[ =]|^registry=|\"resolved\":|files\.python"
    + r"hosted|registry\.npm"
    + r"js",
    re.MULTILINE,
)
_PINNED = (
    "requirements/",
    "package.json",
    "package-lock.json",
    ".npmrc",
    "pip.conf",
    "Dockerfile",
    "compose.yaml",
)
_NEVER = (".tar.gz", ".tgz", ".db", ".sqlite3", ".pkl", ".woff2", ".env", ".pem")
LONG, TOO_LONG = 300, 450


def tracked_files() -> list[str]:
    run = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return sorted({name for name in run.stdout.split("\0") if name and (ROOT / name).is_file()})


def troubles_of(name: str) -> list[str]:
    """What is wrong with one file, as sentences that begin with its place."""
    if name.endswith(_NEVER):
        return [f"{name}: a model, database, font or secret does not belong into git"]
    if name.startswith(_PINNED) or name in _PINNED:
        text = (ROOT / name).read_text(encoding="utf-8")
        if _INDEX.search(text):
            return [f"{name}: names a package index"]
    if not name.endswith(".py"):
        return []
    source = (ROOT / name).read_text(encoding="utf-8")
    length = source.count("\n")
    troubles = []
    if not name.startswith(_MAY_HAVE_PERSIAN):
        troubles += [
            f"{name}:{line}: Persian letters; sentences stand in data/messages/"
            for line in persian_lines(source)
        ]
    if length > LONG and not name.startswith(("tests/", "casework/migrations/")):
        if length > TOO_LONG:
            troubles.append(f"{name}: {length} lines; a module has at most {TOO_LONG}")
        else:
            print(f"{name}: {length} lines; a module should have at most {LONG}")
    return troubles


def persian_lines(source: str) -> list[int]:
    """The lines whose strings have Persian letters; strings that are statements of their own are documentation."""
    tree = ast.parse(source)
    documentation = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return sorted(
        {
            node.lineno
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in documentation
            and _PERSIAN.search(ast.get_source_segment(source, node) or node.value)
        }
    )


def main() -> int:
    names = tracked_files()
    troubles = [trouble for name in names for trouble in troubles_of(name)]
    print("\n".join(troubles) if troubles else f"{len(names)} files follow the rules of the house")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
