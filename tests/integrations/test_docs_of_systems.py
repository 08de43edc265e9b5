"""docs/systems.md: its examples load, and it leaves no key and no fault out."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import yaml

from integrations.registry import load_registry
from integrations.simulator.faults import FAULT_KINDS

PAGE = Path("docs/systems.md").read_text(encoding="utf-8")


def test_the_examples_of_the_page_are_files_that_load(tmp_path: Path) -> None:
    examples = re.findall(r"<!-- example: (\w+) -->\n```yaml\n(.*?)```", PAGE, re.S)
    assert len(examples) == 3
    for name, text in examples:
        folder = tmp_path / name
        folder.mkdir()
        shutil.copy(Path(__file__).parent / "soap" / "soap_office.wsdl", folder / "pool_soap.wsdl")
        (folder / f"{name}.yml").write_text(text, encoding="utf-8")
        assert load_registry(folder).system(name).state == "shadow"


def test_every_key_and_every_fault_is_explained() -> None:
    schema = yaml.safe_load(Path("integrations/system_schema.yml").read_text(encoding="utf-8"))
    for key in {*schema["properties"], "districts"}:
        assert f"`{key}`" in PAGE or f"`{key}." in PAGE, key
    for kind in FAULT_KINDS:
        assert kind in PAGE, kind
