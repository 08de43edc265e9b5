"""What can be wrong with a system's file, said with file, key and reason before anything starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from casework.datafile import YAML
from integrations.drivers.templates import REQUEST_FIELDS, fill, placeholders
from integrations.mail.route import is_address
from integrations.system import System

LONGEST_TURN = 200.0
"""Seconds; less than a delivery may be held (integrations/dispatcher.py)."""
_SCHEMA_FILE = Path(__file__).parent / "system_schema.yml"


class RegistryError(Exception):
    """`file: key: reason`, in words that the person who edits the file can use."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}" if key else f"{file}: {reason}")
        self.file, self.key, self.reason = file, key, reason


_SAMPLE: Mapping[str, Any] = {
    **dict.fromkeys(REQUEST_FIELDS, "x"),
    "lat": 36.3,
    "lon": 59.6,
    "media_urls": ["https://hamyar.example/1"],
    "requested_at": "2026-11-25T08:00:00Z",
    "id": "1",
    "token": "1",
    "since": "2026-11-25T08:00:00Z",
}
"""Values of every placeholder, to try a WSDL with."""

_READING_FIELDS = {
    "look_up": {"key", "tracking_number"},
    "token": {"token"},
    "status": {"id"},
    "changes": {"since"},
}


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(yaml.load(_SCHEMA_FILE.read_text(encoding="utf-8"), Loader=YAML))  # noqa: S506


def check(file: str, stem: str, document: dict[str, Any], folder: Path) -> None:
    _check_keys(file, "", document)
    wrong = best_match(_validator().iter_errors(document))
    if wrong is not None:
        raise RegistryError(file, *_in_words(wrong))
    if document["name"] != stem:
        raise RegistryError(file, "name", f"must be {stem!r}, as the file is called")
    if not document["takes"] and document["state"] != "draft":
        raise RegistryError(
            file, "takes", "may be empty only in state draft: somebody must say what it takes"
        )
    driver = document["driver"]
    if driver != "manual" and "address" not in document:
        raise RegistryError(
            file, "address", f"the driver {driver} needs the name of a variable with the address"
        )
    if driver in ("rest_json", "soap"):
        _check_own_service(file, driver, document)
    if driver == "rest_json":
        _check_placeholders(file, "rest_json.submit.path", document["rest_json"]["submit"]["path"], set())
    if driver == "soap":
        document["soap"] = _with_wsdl(file, document["soap"], folder)
    if driver == "email":
        _check_letters(file, document)
    if driver == "open311":
        _check_open311(file, document)
    hours = document.get("hours", "always")
    if hours != "always" and hours["from"] >= hours["to"]:
        raise RegistryError(file, "hours.to", "must be later than from, on the same day")


def _check_keys(file: str, path: str, part: Any) -> None:
    """YAML reads `no` and `1` as something else than text, and `{name}` without quotes as an object."""
    for key, value in part.items() if isinstance(part, Mapping) else ():
        if not isinstance(key, str):
            raise RegistryError(file, path, f"a key that YAML reads as {key} must stand in quotes")
        below = f"{path}.{key}" if path else key
        if isinstance(value, Mapping) and len(value) == 1 and None in value.values():
            name = next(iter(value))
            if name in REQUEST_FIELDS or any(name in fields for fields in _READING_FIELDS.values()):
                raise RegistryError(file, below, f'a placeholder stands in quotes: "{{{name}}}"')
        _check_keys(file, below, value)
    for number, value in enumerate(part) if isinstance(part, list) else ():
        _check_keys(file, f"{path}.{number}", value)


def _in_words(wrong: ValidationError) -> tuple[str, str]:
    """Key and reason; without the value where it may be a secret that was put into the wrong place."""
    if wrong.validator == "oneOf" and isinstance(wrong.instance, dict) and "kind" in wrong.instance:
        wrong = _of_its_kind(wrong.context or [])
    reason, schema = wrong.message, wrong.schema
    if (
        wrong.validator in ("pattern", "oneOf", "anyOf", "type")
        and isinstance(schema, dict)
        and "description" in schema
    ):
        reason = f"must be {schema['description']}"
    elif wrong.validator == "enum" and isinstance(schema, dict) and str(wrong.instance) in schema["enum"]:
        reason = f'must stand in quotes: "{wrong.instance}"'
    return ".".join(str(step) for step in wrong.absolute_path), reason


def _of_its_kind(errors: Sequence[ValidationError]) -> ValidationError:
    """Of credentials and the like, which are one of several kinds: what is wrong with the kind that the file names."""
    branches: dict[Any, list[ValidationError]] = {}
    for error in errors:
        branches.setdefault(error.schema_path[0], []).append(error)
    unlike = [error for error in errors if error.validator == "const"]
    for of_branch in branches.values():
        if not set(of_branch) & set(unlike):
            return of_branch[0]
    kinds = ", ".join(str(error.validator_value) for error in unlike)
    unlike[0].message = f"must be one of {kinds}"
    return unlike[0]


def _check_open311(file: str, document: Mapping[str, Any]) -> None:
    """A look-up that can find nothing would say of every request that it has not arrived: it would be filed twice."""
    part = document.get("open311", {})
    text = part.get("description", "")
    _check_placeholders(file, "open311.description", text, REQUEST_FIELDS)
    if document.get("credentials", {}).get("kind", "none") not in ("none", "api_key"):
        raise RegistryError(file, "credentials.kind", "open311 knows api_key or none")
    known, looks_up = document.get("idempotency", {}).get("kind"), part.get("look_up") == "reference"
    if known == "look_up" and not looks_up:
        raise RegistryError(file, "open311.look_up", "idempotency.kind is look_up, so this must be reference")
    if looks_up and part.get("type") == "blackbox":
        raise RegistryError(file, "open311.look_up", "a blackbox shows no requests, so this must be none")
    if looks_up and known != "attribute" and "tracking_number" not in placeholders(text):
        reason = "open311.look_up finds a request by {tracking_number} in this text, or by an idempotency attribute"
        raise RegistryError(file, "open311.description", reason)


def _check_letters(file: str, document: Mapping[str, Any]) -> None:
    """A desk's words must be told apart, and nothing here needs a secret."""
    if not document.get("statuses"):
        raise RegistryError(file, "statuses", "the words that a desk may answer with must be given")
    if document.get("credentials", {}).get("kind", "none") != "none":
        raise RegistryError(
            file, "credentials.kind", "letters go out by HAMYAR_SMTP_URL; there may be only none"
        )
    if document.get("idempotency", {}).get("kind", "none") != "none":
        raise RegistryError(
            file, "idempotency.kind", "a mailbox can be asked nothing; there may be only none"
        )


def _check_own_service(file: str, driver: str, document: Mapping[str, Any]) -> None:
    """What `rest_json` and `soap` have in common."""
    part = document.get(driver)
    if part is None:
        raise RegistryError(file, driver, f"the driver {driver} needs this part")
    if document.get("credentials", {}).get("kind") == "api_key":
        raise RegistryError(file, "credentials.kind", f"{driver} does not know api_key")
    _check_placeholders(file, f"{driver}.submit.body", part["submit"]["body"], REQUEST_FIELDS)
    where = "path" if driver == "rest_json" else "body"
    for name, allowed in _READING_FIELDS.items():
        if name in part:
            _check_placeholders(file, f"{driver}.{name}.{where}", part[name][where], allowed)
    if document.get("idempotency", {}).get("kind") == "look_up" and "look_up" not in part:
        raise RegistryError(
            file, f"{driver}.look_up", "idempotency.kind is look_up, so the look-up must be given"
        )
    if "look_up" in part:
        asked = placeholders(part["look_up"][where])
        said = placeholders(part["submit"]["body"])
        if document.get("idempotency", {}).get("kind") in ("header", "attribute"):
            said |= {"key"}
        if not asked:
            raise RegistryError(file, f"{driver}.look_up.{where}", "must ask by {key} or {tracking_number}")
        if not asked <= said:
            missing = ", ".join(f"{{{name}}}" for name in sorted(asked - said))
            reason = f"asks by {missing}, which {driver}.submit.body does not say"
            raise RegistryError(file, f"{driver}.look_up.{where}", reason)
    if "token" in part["submit"] and "token" not in part:
        raise RegistryError(
            file, f"{driver}.token", "submit gives a token, so the way to exchange it must be given"
        )


def _with_wsdl(file: str, part: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The part with the whole path of its WSDL; every operation in it takes what the file would send."""
    from integrations.drivers.base import PermanentError
    from integrations.drivers.soap import binding, envelope  # zeep takes a third of a second to load

    wsdl = folder / part["wsdl"]
    if not wsdl.is_file():
        raise RegistryError(file, "soap.wsdl", f"there is no file {part['wsdl']} beside this one")
    try:
        binding(str(wsdl))
    except Exception as error:  # whatever zeep, lxml and the file system think of it
        raise RegistryError(file, "soap.wsdl", f"not readable: {type(error).__name__}") from error
    for name in ("submit", *_READING_FIELDS):
        if name in part:
            try:
                envelope(str(wsdl), part[name]["operation"], fill(part[name]["body"], _SAMPLE))
            except PermanentError as error:
                # Here the values are made up, so what zeep says of them may be shown.
                raise RegistryError(file, f"soap.{name}", f"{error}: {error.__context__}") from error
    return {**part, "wsdl": str(wsdl)}


def _check_placeholders(file: str, key: str, template: Any, allowed: Iterable[str]) -> None:
    for name in sorted(placeholders(template) - set(allowed)):
        may = ", ".join(f"{{{one}}}" for one in sorted(allowed)) or "none"
        raise RegistryError(file, key, f"unknown placeholder {{{name}}}; there may be: {may}")


def check_pace(file: str, system: System) -> None:
    """What is claimed must have its turn before the lease ends, or it would never go out."""
    if system.longest_turn > LONGEST_TURN:
        reason = (
            f"too slow: at_once / per_second and twice limits.total_seconds come to {system.longest_turn:.0f} s, "
            f"and there are {LONGEST_TURN:.0f}"
        )
        raise RegistryError(file, "rate", reason)


def check_address(file: str, system: System) -> None:
    """What the environment says of a system. The reason names the variable, never its value."""
    if system.url is None or system.simulated:
        return
    name = system.environment_names[0]
    if system.driver == "email":
        if not is_address(urlsplit(system.url).path):
            raise RegistryError(file, "address.url_env", f"{name} must hold one e-mail address")
        return
    _check_url(file, "address.url_env", name, system.url)
    if system.credentials.token_url is not None:
        # Of OAuth2 all four are named, this one last (system_from).
        named = system.environment_names[3]
        _check_url(file, "credentials.token_url_env", named, system.credentials.token_url)


def _check_url(file: str, key: str, name: str, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise RegistryError(file, key, f"{name} must hold an address like https://host/path")
    if parts.username or parts.password:
        raise RegistryError(file, key, f"{name} must not hold a user name or password")
    if parts.query or parts.fragment:
        raise RegistryError(file, key, f"{name} must not hold ? or #")
