"""docs/systems.md: its examples load, and it leaves no key and no fault out. docs/mashhad-systems.md: every file."""

from __future__ import annotations

import fnmatch
import re
import shutil
from pathlib import Path

import yaml

from integrations.registry import SYSTEMS_FOLDER, load_registry
from integrations.simulator.faults import FAULT_KINDS

PAGE = Path("docs/systems.md").read_text(encoding="utf-8")


def test_the_examples_of_the_page_are_files_that_load(tmp_path: Path) -> None:
    examples = re.findall(r"<!-- example: (\w+) -->\n```yaml\n(.*?)```", PAGE, re.S)
    assert len(examples) == 5
    for name, text in examples:
        folder = tmp_path / name
        folder.mkdir()
        shutil.copy(Path(__file__).parent / "soap" / "soap_office.wsdl", folder / "pool_soap.wsdl")
        (folder / f"{name}.yml").write_text(text, encoding="utf-8")
        system = load_registry(folder).system(name)
        assert system.state == ("live" if system.file_driver == "manual" else "shadow")


def test_every_key_and_every_fault_is_explained() -> None:
    schema = yaml.safe_load(Path("integrations/system_schema.yml").read_text(encoding="utf-8"))
    for key in {*schema["properties"], "districts"}:
        assert f"`{key}`" in PAGE or f"`{key}." in PAGE, key
    for driver in ("open311", "rest_json", "soap"):
        for key, value in schema["properties"][driver]["properties"].items():
            assert f"`{key}`" in PAGE, (driver, key)
            assert all(word in PAGE for word in value.get("enum", ())), (driver, key)
    for kind in FAULT_KINDS:
        assert kind in PAGE, kind


def test_the_page_of_mashhads_systems_names_every_file_and_no_other() -> None:
    page = Path("docs/mashhad-systems.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line[:2] == "| "
    ]
    rows = [row for row in rows if row[0] != "organisation" and set(row[0]) != {"-"}]
    assert len(rows) == 71 and all(len(row) == 4 for row in rows)
    loaded = load_registry()
    files = {file.name for file in SYSTEMS_FOLDER.glob("[a-z]*.yml")}
    named: set[str] = set()
    for organisation, file, _, why_none in rows:
        assert file or why_none, organisation
        for pattern in re.findall(r"`([^`]+)`", file):
            found = set(fnmatch.filter(files, pattern))
            assert len(found) == (4 if "*" in pattern else 1), pattern
            assert ("(draft)" in file) == all(not loaded.system(name[:-4]).takes for name in found), pattern
            named |= found
    assert named == files
