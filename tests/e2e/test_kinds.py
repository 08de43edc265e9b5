"""Whatever citizens can send, on both messengers: real python-telegram-bot, Rasa, files, dispatcher, simulated city."""

from __future__ import annotations

import io
import itertools
import json
from pathlib import Path

import httpx
import pytest
from PIL import Image
from sqlalchemy import select

from casework.blocks import block
from casework.store import open_store
from casework.tables import DeadLetter, InboxUpdate
from tests.e2e.city import LAMP, Citizen, City, number_in
from tests.support.pictures import picture, taken_at
from tests.support.speech import voice_saying

pytestmark = pytest.mark.xdist_group("city")

SAMPLES = Path(__file__).parents[1] / "botapi" / "samples.json"
PDF = b"%PDF-1.4\n%%EOF\n"
_chats = itertools.count(6_000_000_000)


@pytest.fixture(params=["telegram", "bale"])
def citizen(request: pytest.FixtureRequest, city: City, mode: str) -> Citizen:
    return Citizen(getattr(city, request.param), next(_chats))


async def test_an_album_with_its_caption_is_one_turn_and_ten_pictures_at_most_reach_the_agency(
    city: City, citizen: Citizen
) -> None:
    album = f"album-{citizen.chat}"
    for shade, caption in ((10, ""), (20, LAMP), (30, "")):
        citizen.server.citizen_sends(citizen.chat, caption, photo=picture(shade), media_group_id=album)
    await citizen.hears("درست است؟", "۳ پیوست")
    assert len(citizen.server.messages_to(citizen.chat)) == 1
    for shade in range(40, 120, 10):
        citizen.server.citizen_sends(citizen.chat, photo=picture(shade), media_group_id=f"{album}-2")
    await citizen.hears("هر درخواست تا ۱۰ پیوست")
    summary = await citizen.hears("درست است؟", "۱۰ پیوست")
    citizen.presses(summary, "ثبت شود")
    number = number_in((await citizen.hears("شمارهٔ پیگیری")).text)
    there = await city.until_filed(number)
    below = [line for line in there["description"].splitlines() if line.startswith(city.web)]
    urls = [*there["media_urls"], *below]
    assert len(set(urls)) == 10
    for url in (urls[0], urls[-1]):
        fetched = httpx.get(url, trust_env=False)
        assert (fetched.status_code, fetched.headers["content-type"]) == (200, "image/jpeg")
        assert fetched.headers["x-content-type-options"] == "nosniff"
        assert fetched.headers["content-disposition"].startswith("attachment")
        assert httpx.get(f"{url}x", trust_env=False).status_code == 404  # the signature counts


async def test_a_live_location_says_where_once(citizen: Citizen) -> None:
    citizen.writes("چراغ کوچه خاموش است")
    await citizen.hears("کجا؟")
    message = citizen.server.citizen_sends(citizen.chat, location=(36.3264, 59.5352), live_period=900)
    await citizen.hears("درست است؟")
    before = len(citizen.server.messages_to(citizen.chat))
    for step in range(3):
        moved = (36.3264 + step / 1000, 59.5352)
        citizen.server.citizen_sends(citizen.chat, location=moved, edit_of=message, live_period=900)
    citizen.writes("👍")
    filed = await citizen.hears("شمارهٔ پیگیری")
    assert filed is citizen.server.messages_to(citizen.chat)[before]


async def test_a_voice_is_put_into_words_and_kept(city: City, citizen: Citizen) -> None:
    citizen.server.citizen_sends_file(citizen.chat, "voice", voice_saying(LAMP), "audio/ogg", duration=5)
    await citizen.hears("شنیدم", LAMP)
    summary = await citizen.hears("درست است؟", "هدایت ۱۰", "۱ پیوست")
    citizen.presses(summary, "ثبت شود")
    there = await city.until_filed(number_in((await citizen.hears("شمارهٔ پیگیری")).text))
    (url,) = there["media_urls"]
    assert httpx.get(url, trust_env=False).headers["content-type"] == "audio/ogg"


async def test_a_voice_without_words_is_a_question_of_what_it_is_about(citizen: Citizen) -> None:
    citizen.server.citizen_sends_file(citizen.chat, "voice", voice_saying(""), "audio/ogg", duration=1)
    await citizen.hears("پیام صوتی‌تان رسید")


async def test_a_picture_that_knows_its_place_spares_the_question_and_is_passed_on_without_it(
    city: City, citizen: Citizen
) -> None:
    citizen.server.citizen_sends_file(
        citizen.chat, "document", taken_at(36.3264, 59.5352), "image/jpeg", file_name="IMG.jpg"
    )
    await citizen.hears("پیوستتان رسید")
    citizen.writes("آسفالت کوچه خراب است")
    asked = await citizen.hears("عکستان نزدیک")
    citizen.presses(asked, "همان‌جا")
    citizen.presses(await citizen.hears("درست است؟", "📍"), "ثبت شود")
    there = await city.until_filed(number_in((await citizen.hears("شمارهٔ پیگیری")).text))
    (url,) = there["media_urls"]
    with Image.open(io.BytesIO(httpx.get(url, trust_env=False).content)) as passed_on:
        assert not passed_on.getexif()


@pytest.mark.parametrize(("kind", "mime"), [("document", "application/pdf"), ("video", "video/mp4")])
async def test_documents_and_videos_go_along(citizen: Citizen, kind: str, mime: str) -> None:
    content = PDF if kind == "document" else b"\x00\x00\x00\x18ftypisom" + bytes(32)
    citizen.writes(LAMP)
    await citizen.hears("درست است؟")
    citizen.server.citizen_sends_file(citizen.chat, kind, content, mime)
    await citizen.hears("به درخواست اضافه شد")
    await citizen.hears("۱ پیوست")


async def test_a_file_that_is_not_taken_is_told(citizen: Citizen) -> None:
    citizen.writes(LAMP)
    await citizen.hears("درست است؟")
    citizen.server.citizen_sends_file(citizen.chat, "document", b"MZ\x90\x00program", "application/exe")
    await citizen.hears("این نوع پیوست را نمی‌توانم نگه دارم")


async def test_a_forwarded_message_is_the_matter_and_she_says_where(citizen: Citizen) -> None:
    origin = {"type": "user", "date": 1, "sender_user": {"id": 9, "is_bot": False, "first_name": "R"}}
    citizen.sends(text=LAMP, forward_origin=origin, forward_date=1)
    await citizen.hears("درست است؟", "هدایت ۱۰")


async def test_an_edited_message_corrects_the_draft(citizen: Citizen) -> None:
    message = citizen.server.citizen_sends(citizen.chat, LAMP)
    await citizen.hears("درست است؟", "هدایت ۱۰")
    citizen.server.citizen_sends(citizen.chat, LAMP.replace("۱۰", "۱۲"), edit_of=message)
    await citizen.hears("درست است؟", "هدایت ۱۲")


async def test_a_photo_in_reply_to_a_message_belongs_to_its_request(citizen: Citizen) -> None:
    first = await citizen.files()
    told = citizen.server.messages_to(citizen.chat)[-1]
    citizen.writes("زباله‌های بولوار سجاد را سه روز است نبرده‌اند")
    citizen.presses(await citizen.hears("درست است؟"), "ثبت شود")
    await citizen.hears("شمارهٔ پیگیری")
    citizen.sends(photo=picture(77), reply_to=told)
    shown = await citizen.hears("به درخواست", "اضافه شد")
    assert number_in(shown.text) == first


async def test_a_picture_alone_is_answered_and_a_thumb_confirms(citizen: Citizen) -> None:
    citizen.sends(sticker={"file_id": "s", "file_unique_id": "s", "type": "regular", "emoji": "😂", "width": 1,
                           "height": 1, "is_animated": False, "is_video": False})  # fmt: skip
    await citizen.hears("")
    citizen.writes(LAMP)
    await citizen.hears("درست است؟")
    citizen.writes("👍🏼")
    await citizen.hears("شمارهٔ پیگیری")


async def test_contacts_are_thanked_for_and_no_phone_of_anybody_is_kept(city: City, citizen: Citizen) -> None:
    for person in (citizen.chat, 4242):
        card = {"phone_number": "+989150000000", "first_name": "M", "user_id": person}
        citizen.sends(contact=card)
        await citizen.hears("")
    store = open_store(city.database_url)
    async with store.read() as session:
        raws = await session.scalars(
            select(InboxUpdate.raw).where(InboxUpdate.channel == citizen.server.mode)
        )
        assert "+98915" not in json.dumps(list(raws), ensure_ascii=False)
    await store.close()


async def test_a_group_hears_it_only_when_it_speaks_to_the_bot(citizen: Citizen) -> None:
    group = -citizen.chat
    citizen.server.citizen_sends(citizen.chat, LAMP, group=group)
    citizen.server.citizen_sends(citizen.chat, f"@hamyar_test_bot {LAMP}", group=group)
    there = Citizen(citizen.server, group)
    told = await there.hears("")
    assert "هدایت" not in told.text and not told.buttons
    assert len(citizen.server.messages_to(group)) == 1 and not citizen.server.messages_to(citizen.chat)


async def test_who_blocks_the_bot_gets_the_news_when_she_lets_it_in_again(
    city: City, citizen: Citizen
) -> None:
    await citizen.files()
    citizen.server.faults.blocked_by.add(citizen.chat)
    citizen.writes("درخواست‌های من")
    await citizen.server.wait_for(lambda: citizen.server.pending == 0)
    before = len(citizen.server.messages_to(citizen.chat))
    citizen.server.faults.blocked_by.discard(citizen.chat)
    citizen.writes("سلام")
    await citizen.server.wait_for(lambda: len(citizen.server.messages_to(citizen.chat)) > before + 1, 20)


async def test_a_flood_is_answered_together_and_the_matter_in_it_is_found(citizen: Citizen) -> None:
    for _ in range(30):
        citizen.writes("الو")
    citizen.writes(LAMP)
    await citizen.hears("هدایت ۱۰", timeout=40)
    assert len(citizen.server.messages_to(citizen.chat)) < 16  # one each would be 31


async def test_the_sample_updates_are_stored_or_kept_as_dead_letters(city: City, mode: str) -> None:
    samples = json.loads(SAMPLES.read_text(encoding="utf-8"))
    read, kept_or_read = set(), set()
    for sample in samples:
        number = city.bale.state.next_update_id()
        is_read, is_among_others = sample["expect"] == "read", "in a group" in sample["what"]
        (read if is_read else set() if is_among_others else kept_or_read).add(str(number))
        city.bale.inject({**sample["update"], "update_id": number}, as_it_is=True)
    neighbour = Citizen(city.bale, next(_chats))
    neighbour.writes("سلام")
    await neighbour.hears("سلام")
    store = open_store(city.database_url)
    async with store.read() as session:
        stored = set(await session.scalars(select(InboxUpdate.update_id)))
        kept = set(await session.scalars(select(DeadLetter.update_id)))
    await store.close()
    assert read <= stored
    assert kept_or_read <= stored | kept


async def test_an_insult_is_answered_calmly_and_the_matter_in_it_is_filed(citizen: Citizen) -> None:
    citizen.writes("خاک بر سرتون بی عرضه ها")
    await citizen.hears("ناراحتید")
    citizen.writes(f"بی عرضه ها {LAMP}")
    citizen.presses(await citizen.hears("درست است؟", "هدایت ۱۰"), "ثبت شود")
    await citizen.hears("شمارهٔ پیگیری")


async def test_who_is_blocked_is_told_once_and_danger_is_answered_all_the_same(
    city: City, citizen: Citizen
) -> None:
    store = open_store(city.database_url)
    async with store.write() as session:
        who = {"channel": citizen.server.mode, "sender_id": str(citizen.chat)}
        await block(session, reason="spam", by="admin", **who)
    await store.close()
    citizen.writes(LAMP)
    await citizen.hears("رسیدگی نمی‌شود")
    citizen.writes(LAMP)
    citizen.writes("کمک! خونه همسایه آتیش گرفته")
    assert "۱۲۵" in (await citizen.hears("")).text
