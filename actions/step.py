"""The step: (position, message, understanding) -> (position', replies, calls). Pure, and the only way in.

Which capability takes a message: a button, pressed or said, and the words of the lasting keys first; then a pin and
files; then her words, which go to the open question unless they are plainly something else (`_interrupting`), and by
intent where nothing is open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from actions import (
    afterwards,
    alarm,
    beside,
    buttons,
    edited,
    emoji,
    faq,
    files,
    foreign,
    intake,
    menu,
    news,
    orders,
    place,
    place_answer,
    refused_places,
    service,
    smalltalk,
    status,
    summary,
    typed,
    worries,
)
from actions.dialogue import Facts, Knowledge, Message, StepResult, Understanding
from actions.outcomes import Afresh, Again, Outcome
from actions.position import Position
from actions.turn import Turn, reply
from actions.wording import is_readable
from persian.digits import to_latin

COMMANDS: dict[str, Callable[[Turn], Outcome]] = {
    "start": menu.start,
    "help": menu.show_help,
    "register": intake.register,
    "track": status.track,
    "mine": status.mine,
    "handoff": smalltalk.handoff,
    "back": intake.back,
    "cancel": intake.cancel,
    "unknown": intake.unknown,
    "repeat": menu.repeat,
}

INTENTS: dict[str, Callable[[Turn], Outcome]] = {
    "request": intake.open_draft,
    "status": status.track,
    "my_requests": status.mine,
    "info": faq.answer,
    "greet": smalltalk.say,
    "thanks": smalltalk.say,
    "goodbye": smalltalk.say,
    "affirm": smalltalk.nothing_open,
    "deny": smalltalk.nothing_open,
    "correct": smalltalk.nothing_open,
    "cancel": intake.cancel,
    "handoff": smalltalk.handoff,
    "help": menu.show_help,
    "bot_challenge": smalltalk.say,
    "bot_complaint": smalltalk.complaint_about_bot,
    "abuse": smalltalk.say,
    "out_of_scope": smalltalk.out_of_scope,
}

UNDERSTOOD_AT = 0.35
"""Below this confidence an intent is not acted upon where no question is open."""

INTERRUPTS_AT = 0.8
"""A question to the city, a wish for a person and small talk interrupt an open question only from here on."""

ANSWERED_AT = 0.5
"""A question that one of the answers fits (which is evidence of its own) interrupts from here on."""

STATUS_DIGITS = 5
"""«وضعیتش خیلی بده پیگیری هم کردم» is a matter, not a status question: that takes a number of so many digits."""

SHORT_WORDS = 4

ABOUT_SERVICE = ("matter", "service", "group")

GREETINGS = ("greet", "thanks", "goodbye", "affirm", "deny", "abuse")
"""Intents that a picture can have («👋», «🙏», «👍»)."""

NO_BEGINNING = ("status", "my_requests", "handoff", "cancel", "thanks", "goodbye", "greet")
"""With these intents a place in the words does not begin a request."""


def step(
    position: Position,
    message: Message,
    understanding: Understanding | None,
    facts: Facts,
    knowledge: Knowledge,
) -> StepResult:
    """One turn. `understanding` is None where the message has no text to understand."""
    offer, position = position.offer, replace(position, offer=None)
    if understanding is not None:
        noted = position.draft.place if position.draft else None
        understanding = refused_places.without(knowledge.texts, understanding, message.text, noted)
    turn = Turn(position, message, understanding, facts, knowledge, offer)
    full = files.too_many(turn)
    if position.draft and message.media and not files.for_replied(turn):
        turn = turn.moved(replace(position, draft=turn.with_media(position.draft)))
    if emoji.is_only_pictures(message.text):
        turn = emoji.understood(turn)
    outcome = alarm.told(turn) or _taken_by(turn)
    if isinstance(outcome, Afresh):
        turn = turn.moved(Position())
        outcome = _by_intent(turn)
    result = intake.settle(turn, outcome)
    before = [reply("voice.heard", words=summary.shortened(message.heard))] if message.heard else []
    before += [files.said_too_many()] if full else []
    before += foreign.told(turn)
    return replace(result, replies=(*before, *result.replies)) if before else result


def _taken_by(turn: Turn) -> Outcome:
    message = turn.message
    if message.in_group:
        return StepResult("private_only", turn.position, (reply("group.private_only"),))
    if message.press:
        return buttons.pressed(turn)
    said = None if message.forwarded else typed.press_meant(turn)
    if said:
        return buttons.act(turn, said.action)
    readable = message.text and not message.forwarded  # what others wrote gives no orders
    kept = orders.about_cancelling(turn) if readable else None
    if kept:
        return kept
    command = menu.command_in(message.text, turn.knowledge.texts) if readable else None
    if command:
        return COMMANDS[command](turn)
    if message.pin:
        return place_answer.pinned(turn)
    if files.for_replied(turn):
        return files.to_replied(turn)
    if not message.text.strip():
        if message.media:
            return files.received(turn)
        return smalltalk.contact(turn) if message.shared_contact else smalltalk.unreadable(turn)
    if message.forwarded and turn.position.draft:
        forwarded = intake.read_forwarded(turn)
        if forwarded:
            return forwarded
    if message.edited:
        changed = edited.read(turn)
        if changed:
            return changed
    ordered = orders.to_file(turn) if readable else None
    if ordered:
        return ordered
    question = turn.position.question
    if question is None:
        return _by_intent(turn)
    if emoji.says_nothing(turn):
        return emoji.say(turn)
    if question.kind in ABOUT_SERVICE:
        turn = beside.told(turn)
    calmed = alarm.after(turn) if question.kind == "elsewhere" else None
    if calmed:
        return calmed
    return _interrupting(turn) or intake.read_answer(turn)


def _by_intent(turn: Turn) -> Outcome:
    """Nothing is open: the intent decides; a tracking number alone is a question about it."""
    known = turn.understanding
    if turn.facts.replied and turn.intent in ("status", "my_requests") and not turn.facts.found:
        return Again("status", (status.describe(turn, turn.facts.replied),))
    if _is_mostly_number(turn) or (turn.intent == "status" and turn.facts.found):
        return status.by_number(turn)
    if known is None:
        return smalltalk.unreadable(turn)
    if emoji.says_nothing(turn):
        return INTENTS["abuse"](turn) if turn.intent == "abuse" else emoji.say(turn)
    calmed = alarm.after(turn)
    if calmed:
        return calmed
    if turn.offer and known.intent in ("affirm", "deny"):
        return _to_offer(turn)
    verdict = news.read(turn)
    if verdict:
        return verdict
    if not is_readable(turn.message.text):
        return INTENTS[known.intent](turn) if turn.intent in GREETINGS else smalltalk.unreadable(turn)
    if afterwards.speaks_of_it(turn):
        return afterwards.offer(turn)
    if worries.wants_person(turn):
        return smalltalk.handoff(turn)
    worried = worries.about_secrecy(turn) if known.intent != "info" else None
    if worried:
        return worried
    turn = beside.told(turn)
    known = turn.understanding
    assert known is not None
    if place.is_only_place(turn) and not known.answer_id and known.intent not in NO_BEGINNING:
        return intake.open_with_place(turn)
    if service.topics(turn):
        return intake.open_draft(turn)
    if known.confidence < UNDERSTOOD_AT and known.decision == "ask":
        return smalltalk.not_understood(turn)
    if turn.message.media and known.intent not in ("status", "handoff"):
        return intake.open_draft(turn)  # a photo with words is the beginning of a request
    if known.intent == "help" and known.answer_id:
        return faq.answer(turn)  # «ویس هم میشه فرستاد؟» wants more than the general help
    return INTENTS.get(known.intent, smalltalk.not_understood)(turn)


def _to_offer(turn: Turn) -> Outcome:
    """«بله» or «نه» to what the reply before offered."""
    assert turn.offer is not None
    if turn.intent == "affirm":
        return buttons.act(turn, turn.offer.yes)
    return buttons.act(turn, turn.offer.no) if turn.offer.no else smalltalk.fine(turn)


def _interrupting(turn: Turn) -> Outcome | None:
    """The capability that takes this message although a question is open; None: the question takes it."""
    known, question = turn.understanding, turn.position.question
    assert question is not None
    if known is None or (question.kind in menu.ABOUT_PLACES and turn.made_of("here")):
        return None
    if question.kind in ABOUT_SERVICE and service.topics(turn):
        return None
    sure = known.confidence >= INTERRUPTS_AT
    draft = turn.position.draft
    about_draft = draft is not None
    worried = worries.about_secrecy(turn) if about_draft else None
    if worried:
        return worried
    cancels = known.intent == "cancel" and known.confidence >= 0.5
    other = beside.instead(turn, draft) if draft and (cancels or turn.says("instead")) else None
    if other or cancels:
        return other or intake.cancel(turn)
    if worries.wants_person(turn):
        return smalltalk.handoff(turn)
    if (
        known.intent == "status"
        and known.confidence >= 0.6
        and _digits(turn) >= STATUS_DIGITS
        and about_draft
    ):
        return status.by_number(turn)
    if _is_mostly_number(turn) and question.kind not in ("attribute", "number"):
        return status.by_number(turn)
    asks = known.intent in ("info", "help", "bot_challenge") and known.confidence >= ANSWERED_AT
    if asks and known.answer_id and not _names_a_place(turn):
        return faq.answer(turn)
    if known.intent == "my_requests" and sure:
        return status.mine(turn)
    if known.intent in ("handoff", "help", "bot_complaint") and sure:
        return INTENTS[known.intent](turn)
    small_talk = known.intent in ("greet", "thanks", "goodbye", "abuse", "bot_challenge") and sure
    # «ممنون، هدایت ۱۲» is an answer; a bare greeting is answered and the question asked again.
    bare = not known.locations and len(turn.message.text.split()) <= SHORT_WORDS
    if small_talk and bare and question.kind != "elsewhere":
        return smalltalk.say(turn)
    return None


def _names_a_place(turn: Turn) -> bool:
    """«نزدیک حرم», said to «کجا؟» or to a card, is an answer and no question about the shrine."""
    question, known = turn.position.question, turn.understanding
    if turn.position.draft and place.is_only_place(turn):
        return True
    if question is None or known is None:
        return False
    short = len(turn.message.text.split()) <= SHORT_WORDS
    if question.kind == "confirm":
        return short and bool(known.locations) and turn.mentions("nearer")
    return question.kind in menu.ABOUT_PLACES and (short or bool(known.locations))


def _digits(turn: Turn) -> int:
    return sum(c.isascii() and c.isdigit() for c in to_latin(turn.message.text))


def _is_mostly_number(turn: Turn) -> bool:
    """A tracking number of ours, with at most a word or two around it."""
    letters = sum(character.isalpha() for character in turn.message.text)
    return bool(turn.facts.found) and letters <= 12 and _digits(turn) >= STATUS_DIGITS
