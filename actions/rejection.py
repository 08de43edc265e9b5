"""What a correction denies of the card: «کرایه مهم نیست» of a detail, «نه، آسفالت نیست» of the subject."""

from __future__ import annotations

import re
from dataclasses import replace

from actions import attributes
from actions.position import Draft
from actions.turn import Turn
from actions.wording import mentions, tokens
from casework.said_words import SaidWords

SHORT = 5
"""In so few words «تاکسی نیست» denies the subject; in more it may tell what is wrong («تاکسی اصلا نیست، …»)."""
_CLAUSE = re.compile(r"[،؛.!؟,;?\n]+")


def of_detail(turn: Turn, draft: Draft) -> Draft | None:
    """The draft where an answer that she denies has made room for what she says instead; None where she denies none."""
    denied, rest = _denied_and_rest(turn)
    said = SaidWords(denied)
    for attribute in attributes.of_service(turn, draft):
        value = next((v for v in attribute.values if v.key == draft.attributes.get(attribute.code)), None)
        if value is None or not any(word in said for word in (*value.words, value.name)):
            continue
        right = attribute.read(rest)
        others = {code: key for code, key in draft.attributes.items() if code != attribute.code}
        return replace(
            draft,
            attributes={**others, attribute.code: right.key} if right else others,
            # Her first words would fill in again what she has just denied.
            skipped=draft.skipped if right else (*draft.skipped, attribute.code),
            words=(*draft.words, turn.message.text),
        )
    return None


def of_service(turn: Turn, draft: Draft) -> bool:
    """Whether a few words deny the subject of the card."""
    if draft.service is None or len(tokens(turn.message.text)) > SHORT:
        return False
    denied, _ = _denied_and_rest(turn)
    service = turn.knowledge.catalogue.service(draft.service)
    said = SaidWords(denied)
    return any(word in said for word in (*service.keywords, service.name))


def _denied_and_rest(turn: Turn) -> tuple[str, str]:
    """The clauses that say no of something, and the others."""
    clauses = [clause for clause in _CLAUSE.split(turn.message.text) if clause.strip()]
    denied = [clause for clause in clauses if mentions(turn.knowledge.texts, "is_not", clause)]
    return " . ".join(denied), " . ".join(clause for clause in clauses if clause not in denied)
