"""Questions about the city, answered from data/answers, and «جوابتان را گرفتید؟» with the way to file a request."""

from __future__ import annotations

from actions.dialogue import Reply
from actions.outcomes import Advance, Again, Outcome
from actions.turn import Turn, reply


def answer(turn: Turn) -> Outcome:
    """The answer; where none is known, the way on: file it, or ask a person."""
    known = turn.understanding
    if known is None or known.answer_id not in turn.knowledge.answers.by_id:
        return no_answer(turn)
    found = turn.knowledge.answers.by_id[str(known.answer_id)]
    replies: list[Reply] = [reply("answers.text", text=found.text)]
    if turn.position.question is None:
        replies = [
            reply(
                "answers.text_and_question",
                (
                    turn.button("answers.yes", "answer_helped", sticky=True),
                    turn.button("answers.no", "answer_missed", sticky=True, service=known.service_code),
                ),
                text=found.text,
            )
        ]
    return Again("answer", tuple(replies))


def no_answer(turn: Turn) -> Outcome:
    service = turn.understanding.service_code if turn.understanding else None
    rows = (
        (turn.button("answers.file", "answer_missed", sticky=True, service=service),),
        (turn.button("handoff.button", "handoff", sticky=True),),
    )
    return Again("no_answer", (reply("answers.none", *rows),))


def helped(turn: Turn) -> Outcome:
    return Again("answer_helped", (reply("answers.glad", keyboard="main"),))


def missed(turn: Turn, service: str | None) -> Outcome:
    """«نه»: the way to file a request about it."""
    if turn.position.draft:
        return Again("register", (reply("intake.already_open"),))
    guesses = (service,) if service else ()
    return Advance(turn.new_draft(guesses=guesses), (reply("answers.sorry"),))
