"""From a message on Telegram or Bale to a tracking number, a request at a municipal system, and its news.

Real python-telegram-bot, real Rasa, real dispatcher, the simulated city over HTTP; each test on both messengers.
"""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import select

from casework.store import open_store
from casework.tables import ServiceRequest
from tests.e2e.city import Citizen, City, number_in
from tests.support.pictures import picture

pytestmark = pytest.mark.xdist_group("city")

BIKE = "لطفا به بولوار هدایت ایستگاه دوچرخه اضافه کنید"
HOLE = "یک چالهٔ بزرگ وسط خیابان سناباد ۴۵ هست، لطفاً آسفالت را ترمیم کنید"
PHOTO = picture()
_chats = itertools.count(5_000_000_000)  # beyond 2^31, as Bale's are


@pytest.fixture(params=["telegram", "bale"])
def citizen(request: pytest.FixtureRequest, city: City) -> Citizen:
    return Citizen(getattr(city, request.param), next(_chats))


async def filed_hole(citizen: Citizen) -> str:
    """A confirmed request for a pothole; its tracking number."""
    citizen.writes(HOLE)
    summary = await citizen.hears("درست است؟", "سناباد ۴۵")
    citizen.presses(summary, "ثبت شود")
    return number_in((await citizen.hears("شمارهٔ پیگیری")).text)


async def test_a_bike_station_is_filed_with_one_confirmation(city: City, citizen: Citizen) -> None:
    citizen.writes(BIKE)
    summary = await citizen.hears("دوچرخهٔ اشتراکی", "بولوار هدایت", "درست است؟")
    citizen.presses(summary, "ثبت شود")
    filed = await citizen.hears("ثبت شد", "شمارهٔ پیگیری", "نسخهٔ آزمایشی")
    there = await city.until_filed(number_in(filed.text))
    assert there["service_code"] == "bike_share"
    assert "هدایت" in str(there["address"])


async def test_news_from_the_city_reaches_the_citizen_until_she_says_solved(
    city: City, citizen: Citizen
) -> None:
    number = await filed_hole(citizen)
    there = await city.until_filed(number)
    for status, said in (("in_progress", "کار روی درخواستتان شروع شد"), ("closed", "مشکل حل شد؟")):
        city.moves(there, status, "اکیپ رفت")
        news = await citizen.hears(said, timeout=40)
    citizen.presses(news, "حل شد")
    await citizen.hears("سپاس")
    citizen.writes("پیگیری")
    await citizen.hears("برطرف شد")


@pytest.mark.parametrize(
    ("said", "state", "answer"),
    [
        ("نه درست نشده هنوز", "reopened", "چه چیزی هنوز مانده"),
        ("بله درست شد ممنون", "solved", "خوشحالم که مشکل حل شد"),
    ],
)
async def test_the_news_asks_and_her_words_are_the_answer(
    city: City, citizen: Citizen, said: str, state: str, answer: str
) -> None:
    number = await citizen.files()
    city.moves(await city.until_filed(number), "closed", "لامپ عوض شد")
    await citizen.hears("مشکل حل شد؟", timeout=40)
    citizen.writes(said)
    await citizen.hears(answer)
    store = open_store(city.database_url)
    async with store.read() as session:
        status = await session.scalar(
            select(ServiceRequest.status).where(ServiceRequest.tracking_number == number)
        )
    await store.close()
    assert status == state


async def test_a_question_in_the_middle_is_answered_and_the_open_one_asked_again(citizen: Citizen) -> None:
    citizen.writes(HOLE)
    await citizen.hears("درست است؟")
    citizen.writes("سامانه ۱۳۷ چیست و چه کار می‌کند؟")
    await citizen.hears("۱۳۷")
    again = await citizen.hears("درست است؟")
    citizen.presses(again, "ثبت شود")
    await citizen.hears("شمارهٔ پیگیری")


async def test_the_place_is_corrected_in_her_own_words(city: City, citizen: Citizen) -> None:
    citizen.writes("چراغ برق کوچهٔ هدایت ۱۰ خاموش است")
    await citizen.hears("هدایت ۱۰", "درست است؟")
    citizen.writes("نه، هدایت ۱۲")
    corrected = await citizen.hears("هدایت ۱۲", "درست است؟")
    citizen.presses(corrected, "ثبت شود")
    filed = await citizen.hears("شمارهٔ پیگیری")
    there = await city.until_filed(number_in(filed.text))
    assert "۱۲" in str(there["address"])


async def test_back_returns_to_the_question_before(citizen: Citizen) -> None:
    citizen.writes("زباله‌های کوچهٔ ما را سه روز است نبرده‌اند")
    await citizen.hears("کجا؟")
    citizen.writes("قاسم‌آباد")
    summary = await citizen.hears("درست است؟")
    citizen.presses(summary, "مرحلهٔ قبل")
    await citizen.hears("کجا؟")
    citizen.writes("بولوار هدایت ۱۲")
    await citizen.hears("هدایت ۱۲", "درست است؟")


async def test_cancel_leaves_nothing_behind(citizen: Citizen) -> None:
    citizen.writes(HOLE)
    summary = await citizen.hears("درست است؟")
    citizen.presses(summary, "لغو")
    await citizen.hears("لغو شد")
    citizen.presses(summary, "ثبت شود")
    await citizen.hears("این دکمه مربوط به پیام قبلی است")
    citizen.writes("درخواست‌های من")
    await citizen.hears("هنوز درخواستی")


async def test_a_whole_request_without_typing_a_letter(city: City, citizen: Citizen) -> None:
    citizen.sends(photo=PHOTO)
    citizen.presses(await citizen.hears("عکستان رسید"), "انتخاب از فهرست")
    groups = await citizen.hears("کدام دسته")
    citizen.presses(groups, "معابر و عمران")
    services = await citizen.hears("کدام‌یک؟")
    citizen.presses(services, "ترمیم آسفالت")
    where = await citizen.hears("کجا؟")
    assert any("موقعیت" in key for key in where.keys)
    citizen.sends(location=(36.3264, 59.5352))
    summary = await citizen.hears("۱ پیوست", "درست است؟")
    citizen.presses(summary, "ثبت شود")
    filed = await citizen.hears("شمارهٔ پیگیری")
    there = await city.until_filed(number_in(filed.text))
    assert there["service_code"] == "asphalt_repair"
    assert round(float(str(there["lat"])), 3) == 36.326


async def test_somebody_elses_number_shows_no_place_and_an_unknown_one_says_whose_it_may_be(
    city: City, citizen: Citizen
) -> None:
    number = await filed_hole(citizen)
    stranger = Citizen(citizen.server, next(_chats))
    stranger.writes(number)
    shown = await stranger.hears("ترمیم آسفالت", "وضعیت")
    assert "سناباد" not in shown.text
    stranger.writes("۱۲۳۴۵۶۷۸۹")
    await stranger.hears("این شماره را همیار نداده است")


async def test_present_danger_gets_its_number_first(citizen: Citizen) -> None:
    citizen.writes("کمک! خونه همسایه آتیش گرفته")
    await citizen.hears("۱۲۵")


async def test_a_matter_of_another_body_gets_its_number_and_can_be_filed_all_the_same(
    citizen: Citizen,
) -> None:
    citizen.writes("آب خانهٔ ما از صبح قطع است و فشار آب نداریم")
    advice = await citizen.hears("۱۲۲")
    citizen.presses(advice, "با این حال ثبت شود")
    question = await citizen.hears("")
    if "کجا؟" in question.text:
        citizen.writes("بولوار سجاد")
        question = await citizen.hears("درست است؟")
    citizen.presses(question, "ثبت شود")
    filed = await citizen.hears("شمارهٔ پیگیری")
    assert "۱۳۷" in filed.text


async def test_the_same_update_three_times_files_one_request(city: City, citizen: Citizen) -> None:
    citizen.writes(HOLE)
    summary = await citizen.hears("درست است؟")
    citizen.presses(summary, "ثبت شود")
    number = number_in((await citizen.hears("شمارهٔ پیگیری")).text)
    citizen.server.deliver_again(times=3)
    await citizen.server.wait_for(lambda: citizen.server.pending == 0, 20)
    citizen.writes("درخواست‌های من")
    await citizen.hears("۱ درخواست")
    await city.until_filed(number)
