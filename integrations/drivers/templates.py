"""Body templates and JSON pointers (RFC 6901) of the `rest_json` driver.

A template is the JSON body with placeholders: a leaf that is only `{lat}` keeps the type of the value and is
left out where there is none; a placeholder inside a longer text is put in as text. What is put in is never
read again, so braces in a citizen's words do nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")

REQUEST_FIELDS = frozenset(
    {
        "key",
        "tracking_number",
        "service_code",
        "service_name",
        "description",
        "district",
        "address",
        "lat",
        "lon",
        "attributes",
        "media_urls",
        "media_url",
        "requested_at",
    }
)

_ABSENT = object()


def placeholders(template: Any) -> set[str]:
    """The names of all placeholders in a template."""
    if isinstance(template, str):
        return set(PLACEHOLDER.findall(template))
    if isinstance(template, Mapping):
        return set().union(*(placeholders(part) for part in template.values()), set())
    if isinstance(template, list):
        return set().union(*(placeholders(part) for part in template), set())
    return set()


def fill(template: Any, values: Mapping[str, Any]) -> Any:
    """The body: the template with `values` put in. KeyError for a placeholder without a value in `values`."""
    filled = _fill(template, values)
    return {} if filled is _ABSENT else filled


def _fill(template: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(template, str):
        whole = PLACEHOLDER.fullmatch(template)
        if whole:
            value = values[whole[1]]
            return _ABSENT if value is None or value == () or value == {} or value == [] else value
        return PLACEHOLDER.sub(lambda found: _as_text(values[found[1]]), template)
    if isinstance(template, Mapping):
        parts = {name: _fill(part, values) for name, part in template.items()}
        return {name: part for name, part in parts.items() if part is not _ABSENT} or _ABSENT
    if isinstance(template, list):
        return [part for part in (_fill(item, values) for item in template) if part is not _ABSENT]
    return template


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


def fields_in(template: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """(placeholder, pointer) for every leaf that is one placeholder: where a reader of the body finds each
    field."""
    if isinstance(template, str):
        whole = PLACEHOLDER.fullmatch(template)
        if whole:
            yield whole[1], pointer
    elif isinstance(template, Mapping):
        for name, part in template.items():
            yield from fields_in(part, f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(template, list):
        for index, part in enumerate(template):
            yield from fields_in(part, f"{pointer}/{index}")


def at(document: Any, pointer: str) -> Any:
    """What stands at `pointer`; None if there is nothing."""
    here = document
    for step in _steps(pointer):
        if isinstance(here, Mapping):
            here = here.get(step)
        elif isinstance(here, list) and step.isdigit() and int(step) < len(here):
            here = here[int(step)]
        else:
            return None
    return here


def put(document: dict[str, Any], pointer: str, value: Any) -> None:
    """Set `value` at `pointer`, making the objects and one-element lists on the way (used by the
    simulator)."""
    steps = _steps(pointer)
    here: Any = document
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        fresh: Any = value if following is None else ([] if following.isdigit() else {})
        if isinstance(here, list):
            while len(here) <= int(step):
                here.append(None)
            if following is None or here[int(step)] is None:
                here[int(step)] = fresh
            here = here[int(step)]
        else:
            if following is None or step not in here:
                here[step] = fresh
            here = here[step]


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
