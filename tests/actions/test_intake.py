"""From the first words to a filed request, and every way aside."""

from __future__ import annotations

import pytest

from actions.dialogue import Learn, OpenTask, Understanding
from casework.addresses import for_a_crew, shown_to_her
from tests.actions.dialogue_driver import Dialogue, place, understood

BIKE = "لطفا به بولوار هدایت ایستگاه دوچرخه اضافه کنید"
HEDAYAT = place("بولوار هدایت", "2")
HOLE_WORDS = "چالهٔ بزرگ جلوی سناباد ۴۵ خطرناک شده"
HOLE = understood(service="asphalt_repair", locations=(place("سناباد ۴۵", "1"),))


def test_a_clear_message_with_a_place_is_one_confirmation_from_its_number(dialogue: Dialogue) -> None:
    assert dialogue.says(BIKE, understood(service="bike_share", locations=(HEDAYAT,))).act == "ask_confirm"
    assert "بولوار هدایت (منطقهٔ ۲)" in dialogue.heard
    assert dialogue.presses("confirm").act == "filed"
    assert dialogue.filed.service_code == "bike_share"
    assert dialogue.filed.district == "2"
    assert "شمارهٔ پیگیری" in dialogue.heard
    assert dialogue.position.draft is None


def test_an_unsure_service_is_three_buttons_and_the_groups_behind_none_of_these(dialogue: Dialogue) -> None:
    ranking = (("asphalt_repair", 0.5), ("flooding", 0.3), ("gutter_channel", 0.1))
    known = understood(service_code="asphalt_repair", ranking=ranking, decision="ask", locations=(HEDAYAT,))
    assert dialogue.says("وسط خیابون توی بولوار هدایت خرابه", known).act == "ask_service"
    assert dialogue.presses("show_groups").act == "ask_group"
    assert dialogue.presses("show_group", group="lighting").act == "ask_group"
    assert dialogue.presses("choose_service", service="street_light").act == "ask_confirm"
    dialogue.presses("confirm")
    assert dialogue.filed.service_code == "street_light"
    learned = [call for call in dialogue.calls if isinstance(call, Learn)]
    assert [(one.service_code, one.predicted, one.how) for one in learned] == [
        ("street_light", "asphalt_repair", "chosen")
    ]


def test_yes_in_words_takes_the_first_of_three(dialogue: Dialogue) -> None:
    known = understood(service_code="odor", ranking=(("odor", 0.5), ("pests", 0.3)), decision="confirm")
    dialogue.says("بوی بدی میاد", known)
    assert dialogue.says("بله", understood("affirm")).act == "ask_place"


def test_a_place_alone_is_a_place_and_no_matter(dialogue: Dialogue) -> None:
    known = understood(service="vacant_lot", locations=(place("هدایت ۱۰", "2"),))
    assert dialogue.says("هدایت ۱۰", known).act == "ask_matter"
    assert dialogue.position.draft is not None and dialogue.position.draft.district == "2"


def test_a_missing_place_is_asked_and_known_by_its_bare_name(dialogue: Dialogue) -> None:
    assert dialogue.says("زباله‌ها رو نبردن", understood(service="garbage_collection")).act == "ask_place"
    assert dialogue.last and dialogue.last.replies[-1].keyboard == "place"
    assert dialogue.says("کوهسنگی", understood("out_of_scope", 0.4)).act == "ask_confirm"
    assert "منطقهٔ ۸" in dialogue.heard


def test_an_unknown_place_is_asked_about_once_and_filed_all_the_same(dialogue: Dialogue) -> None:
    dialogue.says("زباله‌ها رو نبردن", understood(service="garbage_collection"))
    assert dialogue.says("پشت ساختمان آقای کریمی", understood("out_of_scope", 0.4)).act == "ask_near"
    assert dialogue.says("همون نزدیکی‌ها", understood("out_of_scope", 0.4)).act == "ask_confirm"
    dialogue.presses("confirm")
    assert dialogue.filed.district == "unknown"
    assert "۱۳۷" in dialogue.heard


def test_who_does_not_know_the_address_files_without_it(dialogue: Dialogue) -> None:
    dialogue.says("زباله‌ها رو نبردن", understood(service="garbage_collection"))
    assert dialogue.says("نمی‌دونم").act == "ask_confirm"
    dialogue.presses("confirm")
    assert dialogue.filed.district == "unknown"


def test_a_pin_answers_where(dialogue: Dialogue) -> None:
    dialogue.says("زباله‌ها رو نبردن", understood(service="garbage_collection"))
    assert dialogue.sends(pin=(36.3264, 59.5352)).act == "ask_confirm"
    dialogue.presses("confirm")
    assert dialogue.filed.district == "11"
    assert dialogue.filed.place["lat"] == 36.3264


def test_a_pin_is_filed_as_a_point_and_not_as_what_lies_near(dialogue: Dialogue) -> None:
    dialogue.says("زباله‌ها رو نبردن", understood(service="garbage_collection"))
    dialogue.sends(pin=(36.3120, 59.5780))
    dialogue.presses("confirm")
    assert for_a_crew(dialogue.filed.place) == "موقعیت روی نقشه، نزدیک گوهرشاد (36.31200, 59.57800)"
    assert shown_to_her(dialogue.filed.place) == "موقعیت روی نقشه، نزدیک گوهرشاد"


def test_what_she_has_seen_on_the_card_is_filed_as_the_address(dialogue: Dialogue) -> None:
    raw = {**place("khiaboon emamat 14", "11"), "name": "خیابان امامت ۱۴"}
    known = understood(service="asphalt_repair", locations=(raw,))
    dialogue.says("asfalte khiaboon emamat 14 kharabe", known)
    assert "📍 خیابان امامت ۱۴" in dialogue.heard
    dialogue.presses("confirm")
    assert for_a_crew(dialogue.filed.place) == "خیابان امامت ۱۴"


def test_a_finglish_place_with_what_says_where_exactly_is_shown_by_its_name(dialogue: Dialogue) -> None:
    dialogue.says("زباله‌ها رو نبردن", understood(service="garbage_collection"))
    raw = {**place("khiaboon emamat 14", "11"), "name": "خیابان امامت ۱۴"}
    dialogue.says("khiaboon emamat 14 روبروی نانوایی", understood("request", 0.5, locations=(raw,)))
    assert "📍 خیابان امامت ۱۴ روبروی نانوایی" in dialogue.heard


def test_all_that_is_filed_stands_on_the_card(dialogue: Dialogue) -> None:
    long = "چالهٔ بزرگ جلوی سناباد ۴۵ خطرناک شده. " + "هر شب یک موتور در آن می‌افتد. " * 5
    dialogue.says(long, HOLE)
    assert " ".join(long.split()).rstrip(".") in dialogue.heard and "…" not in dialogue.heard


def test_both_of_two_matters_are_filed_one_after_the_other(dialogue: Dialogue) -> None:
    ranking = (("bus_service", 0.5), ("transit_staff", 0.4))
    known = understood(service_code="bus_service", ranking=ranking, decision="ask", locations=(HEDAYAT,))
    dialogue.says("خط ۸۴ بولوار هدایت دیر میاد و راننده‌اش هم نگه نمیداره", known)
    assert dialogue.says("هردوتاش رو میخوام ثبت کنم", understood("request", 0.6)).act == "all_of_them"
    dialogue.presses("confirm")
    assert dialogue.filed.service_code == "bus_service"
    dialogue.presses("file_also", service="transit_staff")
    dialogue.presses("confirm")
    assert dialogue.filed.service_code == "transit_staff"


def test_a_known_place_of_which_the_district_makes_no_difference_goes_to_its_unit(dialogue: Dialogue) -> None:
    crossing = place("چهارراه لشکر", None, "square")
    dialogue.says("شاخهٔ درخت چهارراه لشکر شکسته", understood(service="tree_hazard", locations=(crossing,)))
    dialogue.presses("confirm")
    assert dialogue.filed.district == "unknown" and dialogue.filed.routed_as
    route = dialogue.knowledge.routing.route("tree_hazard", dialogue.filed.routed_as)
    assert route.agency in dialogue.heard and "۱۳۷" not in dialogue.heard


def test_there_is_no_way_back_from_the_first_card(dialogue: Dialogue) -> None:
    dialogue.says(HOLE_WORDS, HOLE)
    assert "back" not in [b.action["do"] for row in dialogue.replies[-1].buttons for b in row]
    dialogue.presses("correct")
    assert "back" in [b.action["do"] for row in dialogue.replies[-1].buttons for b in row]


def test_a_pin_outside_the_city_says_so(dialogue: Dialogue) -> None:
    dialogue.says("زباله‌ها رو نبردن", understood(service="garbage_collection"))
    dialogue.sends(pin=(35.7, 51.4))
    assert "بیرون از محدودهٔ شهر" in dialogue.heard
    dialogue.presses("confirm")
    assert dialogue.filed.district == "outside"


def test_nothing_is_asked_about_the_place_where_none_is_needed(dialogue: Dialogue) -> None:
    assert dialogue.says("من‌کارتم شارژ نمیشه", understood(service="transit_card")).act == "ask_confirm"


def test_what_she_has_said_is_not_asked_and_what_she_has_not_can_be_added(dialogue: Dialogue) -> None:
    known = understood(service="street_light", locations=(HEDAYAT,))
    dialogue.says("چراغ بولوار هدایت خاموشه", known)
    assert dialogue.position.draft is not None
    assert dialogue.position.draft.attributes == {"fault": "dark"}
    other = Dialogue(dialogue.knowledge)
    other.says("روشنایی بولوار هدایت مشکل داره", known)
    assert other.presses("details").act == "ask_attribute"
    assert other.presses("set_attribute", value="flickers").act == "ask_confirm"


def test_a_required_question_is_asked_before_the_summary(dialogue: Dialogue) -> None:
    assert dialogue.says("وسیله‌ام جا مانده", understood(service="lost_property")).act == "ask_attribute"
    assert dialogue.says("نمی‌فهمم چی میگی", understood("out_of_scope")).act == "not_read"
    assert dialogue.last and dialogue.last.replies[-1].key == "attribute.ask"


@pytest.mark.parametrize("words", ["نه، هدایت ۱۲", "اشتباه شد هدایت ۱۲"])
def test_the_place_is_corrected_in_her_own_words(dialogue: Dialogue, words: str) -> None:
    dialogue.says(HOLE_WORDS, HOLE)
    better = understood("correct", 0.9, locations=(place("هدایت ۱۲", "2"),))
    assert dialogue.says(words, better).act == "corrected"
    dialogue.presses("confirm")
    assert dialogue.filed.place["name"] == "هدایت ۱۲"
    assert dialogue.filed.district == "2"


def test_every_field_can_be_corrected_by_button(dialogue: Dialogue) -> None:
    dialogue.says(HOLE_WORDS, HOLE)
    for field, question in (("place", "place"), ("words", "words"), ("service", "service")):
        dialogue.presses("correct")
        dialogue.presses("correct_field", field=field)
        assert dialogue.position.question is not None and dialogue.position.question.kind == question
        dialogue.says("⬅️ مرحلهٔ قبل")
        dialogue.says("⬅️ مرحلهٔ قبل")
        assert dialogue.position.question.kind in ("confirm", "correct_what")
        if dialogue.position.question.kind == "correct_what":
            dialogue.presses("back")


def test_no_in_words_asks_what_is_wrong(dialogue: Dialogue) -> None:
    dialogue.says(HOLE_WORDS, HOLE)
    assert dialogue.says("نه", understood("deny")).act == "ask_correct_what"


def test_back_returns_to_the_question_before_with_the_draft_as_it_was(dialogue: Dialogue) -> None:
    dialogue.says("زباله‌ها رو نبردن", understood(service="garbage_collection"))
    dialogue.says("کوهسنگی", understood("out_of_scope", 0.4))
    assert dialogue.says("مرحله قبل").act == "back"
    assert dialogue.position.question is not None and dialogue.position.question.kind == "place"
    assert dialogue.position.draft is not None and dialogue.position.draft.place is None
    assert dialogue.says("برگشت").act == "first_step"


def test_cancel_leaves_nothing(dialogue: Dialogue) -> None:
    dialogue.says(HOLE_WORDS, HOLE)
    assert dialogue.says("ولش کن", understood("cancel", 0.8)).act == "cancelled"
    assert dialogue.position.draft is None and not dialogue.calls


def test_a_whole_request_without_a_letter(dialogue: Dialogue) -> None:
    assert dialogue.photo(7).act == "file_first"
    assert "عکستان رسید" in dialogue.heard
    dialogue.presses("show_groups")
    dialogue.presses("show_group", group="streets")
    dialogue.presses("choose_service", service="asphalt_repair")
    assert dialogue.sends(pin=(36.3264, 59.5352)).act == "ask_confirm"
    dialogue.presses("confirm")
    assert dialogue.filed.media == (7,)
    assert dialogue.filed.description == "ترمیم آسفالت"


def test_a_photo_in_the_middle_is_kept_and_the_question_asked_again(dialogue: Dialogue) -> None:
    dialogue.says(HOLE_WORDS, HOLE)
    assert dialogue.photo(9).act == "file_added"
    dialogue.presses("confirm")
    assert dialogue.filed.media == (9,)


def test_a_second_problem_of_the_message_is_filed_with_one_more_tap(dialogue: Dialogue) -> None:
    both = understood(
        service="asphalt_repair", also_reported=("street_light",), locations=(place("سناباد ۴۵", "1"),)
    )
    dialogue.says("سناباد ۴۵ هم چاله دارد هم چراغش خاموش است", both)
    dialogue.presses("confirm")
    first = dialogue.filed
    assert dialogue.presses("file_also", service="street_light").act == "ask_confirm"
    dialogue.presses("confirm")
    assert dialogue.filed.service_code == "street_light"
    assert (dialogue.filed.draft_id, dialogue.filed.issue) == (first.draft_id, first.issue + 1)
    assert dialogue.filed.place["name"] == first.place["name"]


def test_a_matter_of_another_body_gets_its_number_and_the_desk_if_she_wants(dialogue: Dialogue) -> None:
    known = understood(service="not_ours_water", locations=(place("بولوار سجاد", "1"),))
    assert dialogue.says("آب بولوار سجاد از صبح قطع است", known).act == "ask_elsewhere"
    assert "۱۲۲" in dialogue.heard
    assert dialogue.presses("despite").act == "ask_confirm"
    dialogue.presses("confirm")
    assert dialogue.filed.service_code == "not_ours_water"
    assert "۱۳۷" in dialogue.heard


def test_thanks_after_the_advice_ends_it(dialogue: Dialogue) -> None:
    dialogue.says("آب قطع است", understood(service="not_ours_water"))
    assert dialogue.says("باشه ممنون", understood("thanks")).act == "let_go"
    assert dialogue.position.draft is None


def test_staff_conduct_never_goes_to_the_district_complained_of(dialogue: Dialogue) -> None:
    known = understood(service="staff_conduct", locations=(place("بولوار سجاد", "1"),))
    dialogue.says("مأمور منطقه ۱ رشوه خواست", known)
    dialogue.presses("confirm")
    assert "منطقهٔ ۱" not in dialogue.heard


def test_not_understood_twice_in_a_row_is_an_operators_task_without_a_promise(dialogue: Dialogue) -> None:
    nonsense = understood("out_of_scope", 0.2)
    assert dialogue.says("بلبب سیبس", nonsense).act == "not_understood"
    assert dialogue.says("سیبس بلبب", nonsense).act == "handoff"
    assert [call.kind for call in dialogue.calls if isinstance(call, OpenTask)] == ["handoff"]
    assert dialogue.heard.startswith("الان کارشناسی در دسترس نیست؛ پیامتان را برایش گذاشتم.")


def test_the_first_question_says_what_was_understood_and_says_it_once(dialogue: Dialogue) -> None:
    dialogue.says("زباله‌های کوچه را سه روز است نبرده‌اند", understood(service="garbage_collection"))
    assert dialogue.heard.startswith("درخواستتان را دربارهٔ «جمع‌آوری زباله» می‌نویسم.\nکجا؟")
    dialogue.says("چی؟")
    assert dialogue.heard.startswith("کجا؟")


@pytest.mark.parametrize(
    ("words", "known"),
    [
        ("بیشعورا آشغالای کوچه رو نبردین", understood("abuse", ranking=(("garbage_collection", 0.9),))),
        (
            "ربات به درد نخور آشغالای کوچه مونده",
            understood("bot_complaint", ranking=(("garbage_collection", 0.9),)),
        ),
        ("خجالت بکشید، آشغالا مونده", understood(service="garbage_collection")),
    ],
)
def test_to_anger_the_first_question_says_sorry(dialogue: Dialogue, words: str, known: Understanding) -> None:
    dialogue.says(words, known)
    assert dialogue.heard.startswith("متأسفم؛ درخواستتان را دربارهٔ «جمع‌آوری زباله»")
