"""Words, protected spans and offsets."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.protected import find_protected
from nlu.words import read_words, spelled
from tests.support.examples import examples

PERSIAN = st.text(alphabet="ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی آيك‌ًّ۰۱٢3 .،؟!🙂\n/@:abz-", max_size=200)


def kinds(text: str) -> list[tuple[str, str]]:
    return [(span.kind, text[span.start : span.end]) for span in find_protected(text)]


def test_dates_phones_plates_and_addresses_of_the_net_are_known_for_what_they_are() -> None:
    text = "تاریخ ۱۳۹۹/۰۲/۰۳ ساعت ۱۰:۳۰ پلاک ۱۲ ب ۳۴۵ ایران ۳۶ تلفن ۰۹۱۵۱۲۳۴۵۶۷ خط ۷۷ a.b@c.ir www.x.ir/y"
    assert kinds(text) == [
        ("date", "۱۳۹۹/۰۲/۰۳"),
        ("time", "۱۰:۳۰"),
        ("plate", "۱۲ ب ۳۴۵ ایران ۳۶"),
        ("phone", "۰۹۱۵۱۲۳۴۵۶۷"),
        ("number", "۷۷"),
        ("email", "a.b@c.ir"),
        ("url", "www.x.ir/y"),
    ]


def test_a_word_has_one_spelling_however_it_is_written() -> None:
    assert spelled("آشغال‌هاااا") == spelled("اشغال ها") == spelled("آشغال‌ها") == "اشغالها"
    assert spelled("كوچه") == spelled("کوچه") == spelled("کُوچه")


def test_a_number_is_one_word_of_its_kind_with_its_place() -> None:
    words = read_words("خط ۷۷ نیامد")
    assert [(w.start, w.end, w.kind) for w in words] == [(0, 2, "word"), (3, 5, "number"), (6, 11, "word")]


@given(st.one_of(PERSIAN, st.text(max_size=200)))
@settings(max_examples=examples(80), deadline=None)
def test_words_stand_in_order_inside_any_text(text: str) -> None:
    end = 0
    for word in read_words(text):
        assert end <= word.start < word.end <= len(text)
        end = word.end


@given(st.one_of(PERSIAN, st.text(max_size=80)))
@settings(max_examples=examples(80), deadline=None)
def test_spelling_twice_changes_nothing(text: str) -> None:
    assert spelled(spelled(text)) == spelled(text)
