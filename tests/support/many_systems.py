"""System files in any number and of every protocol, that share the city among them without a gap: for the test of what
start-up and routing cost, and for `python -m bench registry`."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

from casework.routing import DISTRICTS
from integrations.registry import SYSTEMS_FOLDER

PROTOCOLS = ("open311", "rest_json", "soap", "email", "manual")
_SOAP = Path(__file__).parents[1] / "integrations" / "soap"


def write_systems(folder: Path, count: int, services: Sequence[str]) -> dict[tuple[str, str], str]:
    """Write `count` files and the parts that they take over; which system takes each (service, district).

    Every service in every one of the 15 districts is taken once, the pairs in equal shares; the protocols take turns.
    """
    for part in ("_open311.yml", "_rest_json.yml"):
        shutil.copy(SYSTEMS_FOLDER / part, folder)
    (folder / "_desk.yml").write_text("like: _open311\nstatuses: {waiting: submitted}\n", encoding="utf-8")
    shutil.copy(_SOAP / "soap_office.wsdl", folder)
    shutil.copy(_SOAP / "soap_office.yml", folder / "_soap.yml")
    pairs = [(code, district) for code in services for district in DISTRICTS]
    taken: dict[tuple[str, str], str] = {}
    for number in range(count):
        share = pairs[number * len(pairs) // count : (number + 1) * len(pairs) // count]
        document = _document(number, share)
        text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
        (folder / f"{document['name']}.yml").write_text(text, encoding="utf-8")
        taken |= dict.fromkeys(share, document["name"])
    return taken


def _document(number: int, share: Sequence[tuple[str, str]]) -> dict[str, Any]:
    name, protocol = f"system_{number:03}", PROTOCOLS[number % len(PROTOCOLS)]
    takes = [
        {"services": [code], "districts": [district for _, district in pairs]}
        for code, pairs in groupby(share, key=lambda pair: pair[0])
    ]
    document: dict[str, Any] = {"name": name, "agency": f"سازمان {number}", "state": "live", "takes": takes}
    if any(code == "staff_conduct" for code, _ in share):
        document["answers_for_staff"] = True
    if protocol == "manual":
        return {"driver": "manual", **document}
    variable = f"SYSTEM_{name.upper()}"
    if protocol == "email":
        address = {"url_env": f"{variable}_ADDRESS"}
        return {"driver": "email", **document, "address": address, "statuses": {"انجام شد": "closed"}}
    secret = {"secret_env": f"{variable}_KEY"}
    kinds = {
        "open311": {"kind": "api_key"},
        "rest_json": {
            "kind": "oauth2",
            "token_url_env": f"{variable}_TOKENS",
            "client_env": f"{variable}_CLIENT",
        },
        "soap": {"kind": "header", "header": "X-Api-Key"},
    }
    return {
        "like": {"open311": "_desk", "rest_json": "_rest_json", "soap": "_soap"}[protocol],
        **document,
        "address": {"url_env": f"{variable}_URL"},
        "credentials": kinds[protocol] | secret,
    }
