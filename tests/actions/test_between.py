"""What comes between: questions, status, greetings, anger, stale buttons, groups."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actions.answers import Answers
from actions.dialogue import AddToRequest, ChangeStatus, Media, Message, OpenTask, Press
from actions.turn import MOST_FILES
from persian import tracking
from tests.actions.dialogue_driver import Dialogue, place, request_of, understood

HOLE_WORDS = "چالهٔ بزرگ جلوی سناباد ۴۵ خطرناک شده"
HOLE = understood(service="asphalt_repair", locations=(place("سناباد ۴۵", "1"),))
NUMBER = tracking.new(lambda _: 7)


def test_a_question_is_answered_and_asks_whether_it_helped(dialogue: Dialogue) -> None:
    known = next(iter(dialogue.knowledge.answers.by_id))
    assert dialogue.says("؟", understood("info", answer_id=known, service_code="other")).act in (
        "answer",
        "unreadable",
    )
    assert dialogue.says("سؤال دارم", understood("info", answer_id=known)).act == "answer"
    assert "جوابتان را گرفتید؟" in dialogue.heard
    assert dialogue.presses("answer_missed").act.startswith("ask_")


def test_how_the_bot_is_used_is_answered_in_particular_where_an_answer_fits(dialogue: Dialogue) -> None:
    assert (
        dialogue.says("پیام صوتی هم قبول می‌کنین", understood("help", answer_id="voice_message")).act
        == "answer"
    )
    assert dialogue.says("این چطوری کار می‌کنه", understood("help")).act == "help"


def test_a_question_without_an_answer_shows_the_way_on(dialogue: Dialogue) -> None:
    assert dialogue.says("ارتفاع برج چند متر است", understood("info")).act == "no_answer"


def test_an_answer_whose_time_is_over_is_not_given(dialogue: Dialogue) -> None:
    answers = dialogue.knowledge.answers
    known = next(iter(answers.by_id))
    over = Answers({**answers.by_id, known: replace(answers.by_id[known], expires="2020-01-01")})
    dialogue.knowledge = replace(dialogue.knowledge, answers=over)
    assert dialogue.says("سؤال دارم", understood("info", answer_id=known)).act == "no_answer"


@pytest.mark.parametrize(
    ("intent", "act"),
    [("greet", "greet"), ("thanks", "thanks"), ("abuse", "abuse"), ("handoff", "handoff"), ("help", "help")],
)
def test_what_is_said_in_the_middle_is_answered_and_the_question_asked_again(
    dialogue: Dialogue, intent: str, act: str
) -> None:
    dialogue.says(HOLE_WORDS, HOLE)
    assert dialogue.says("یک حرف دیگر", understood(intent)).act == act
    assert dialogue.replies[-1].key == "summary.ask"
    dialogue.presses("confirm")
    assert dialogue.filed.service_code == "asphalt_repair"


def test_an_answer_in_the_middle_of_a_draft_does_not_ask_whether_it_helped(dialogue: Dialogue) -> None:
    dialogue.says(HOLE_WORDS, HOLE)
    known = next(iter(dialogue.knowledge.answers.by_id))
    dialogue.says("راستی ساعت کار شما چیست", understood("info", answer_id=known))
    assert [reply.key for reply in dialogue.replies] == ["answers.text", "summary.ask"]


def test_a_status_word_without_a_number_belongs_to_the_draft(dialogue: Dialogue) -> None:
    dialogue.says("زباله‌ها رو نبردن", understood(service="garbage_collection"))
    dialogue.says("وضعیتش خیلی بده پیگیری هم کردم", understood("status", 0.7))
    assert dialogue.position.draft is not None
    assert all(reply.key != "status.none_yet" for reply in dialogue.replies)


def test_her_own_number_shows_place_and_state(dialogue: Dialogue) -> None:
    dialogue.own = (request_of(NUMBER),)
    assert dialogue.says(NUMBER, understood("status", tracking_numbers=(NUMBER,))).act == "status"
    assert "سناباد" in dialogue.heard and "در حال انجام" in dialogue.heard


def test_somebody_elses_number_shows_no_place(dialogue: Dialogue) -> None:
    dialogue.others = {NUMBER: request_of(NUMBER, own=False, notes="اکیپ رفت")}
    dialogue.says(NUMBER, understood("status", tracking_numbers=(NUMBER,)))
    assert "در حال انجام" in dialogue.heard
    assert "سناباد" not in dialogue.heard and "اکیپ" not in dialogue.heard


def test_a_number_that_is_not_ours_may_be_of_137(dialogue: Dialogue) -> None:
    dialogue.says("پیگیری")
    assert dialogue.last and dialogue.last.act == "ask_number"
    dialogue.says("۱۲۳۴۵۶۷۸۹", understood("status"))
    assert "این شماره را همیار نداده است" in dialogue.heard


def test_my_requests_are_buttons(dialogue: Dialogue) -> None:
    dialogue.own = (request_of(NUMBER), request_of(tracking.new(lambda _: 9), id=2))
    assert dialogue.says("درخواست‌های من").act == "my_requests"
    assert dialogue.presses("show_request", request=2).act == "status"


def test_only_the_citizen_says_solved_and_no_opens_it_again(dialogue: Dialogue) -> None:
    dialogue.own = (request_of(NUMBER, status="closed"),)
    dialogue.says("پیگیری")
    assert dialogue.presses("solved").calls == (ChangeStatus(1, "solved"),)
    dialogue.says("پیگیری")
    assert dialogue.presses("not_solved").calls == (ChangeStatus(1, "reopened"),)
    assert (
        dialogue.says("هنوز همان چاله هست", understood("request", service="asphalt_repair")).act
        == "reopen_reason"
    )
    assert any(isinstance(call, OpenTask) and call.kind == "reopened" for call in dialogue.calls)


def test_a_photo_right_after_filing_can_be_put_to_that_request(dialogue: Dialogue) -> None:
    from tests.actions.dialogue_driver import NOON

    dialogue.own = (request_of(NUMBER, created_at=NOON),)
    dialogue.photo(4)
    assert dialogue.presses("add_media").calls == (AddToRequest(1, (4,)),)
    assert dialogue.position.draft is None


def test_files_for_an_earlier_request_are_not_counted_with_those_of_the_open_draft(
    dialogue: Dialogue,
) -> None:
    dialogue.says(HOLE_WORDS, HOLE)
    dialogue.sends(media=tuple(Media(number, "photo") for number in range(1, MOST_FILES)))
    dialogue.own, dialogue.replied = (request_of(NUMBER),), request_of(NUMBER)
    late = tuple(range(20, 20 + MOST_FILES))
    album = dialogue.sends(media=tuple(Media(number, "photo") for number in late))
    assert album.calls == (AddToRequest(1, late),)
    assert [reply.key for reply in dialogue.replies] == ["files.added_to_request"]
    assert dialogue.position.draft and len(dialogue.position.draft.media) == MOST_FILES - 1
    album = dialogue.sends(media=tuple(Media(number, "photo") for number in (*late, 99)))
    assert album.calls == (AddToRequest(1, late),)
    assert [reply.key for reply in dialogue.replies] == ["files.too_many", "files.added_to_request"]


def test_a_stale_button_says_so_and_shows_where_we_are(dialogue: Dialogue) -> None:
    dialogue.says(HOLE_WORDS, HOLE)
    assert dialogue.sends(press=Press({"do": "confirm"}, stale=True)).act == "stale_button"
    assert [reply.key for reply in dialogue.replies] == ["nav.stale_button", "summary.ask"]
    assert not dialogue.calls


def test_in_a_group_nothing_personal_is_said(dialogue: Dialogue) -> None:
    dialogue.own = (request_of(NUMBER),)
    assert dialogue.sends(text="درخواست‌های من", in_group=True).act == "private_only"
    assert NUMBER not in dialogue.heard


@pytest.mark.parametrize("message", [Message(text="👍"), Message(), Message(shared_contact=True)])
def test_what_cannot_be_read_gets_a_kind_sentence(dialogue: Dialogue, message: Message) -> None:
    dialogue._step(message, None)
    assert dialogue.heard


def test_start_greets_in_two_lines_with_the_four_keys(dialogue: Dialogue) -> None:
    dialogue.says("/start")
    assert len(dialogue.heard.splitlines()) == 2
    assert dialogue.replies[0].keyboard == "main"
