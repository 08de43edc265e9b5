"""The web chat in a real Chromium, against a city that answers by script."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from bot.channels.webchat import ThreadItem
from bot.incoming import Incoming
from tests.e2e.webchat_script import RunningPage, bicycle_script, city, rows, running_page
from web.face import STATIC

pytestmark = pytest.mark.browser

BICYCLE = "لطفا به بولوار هدایت ایستگاه دوچرخه اضافه کنید"
AXE = STATIC / "vendor" / "axe-core" / "axe.min.js"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1280, "height": 800}}


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def running() -> Iterator[RunningPage]:
    with running_page() as running:
        yield running


Open = Callable[..., Page]


@pytest.fixture
def contexts(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    made: list[BrowserContext] = []

    def context(**options: Any) -> BrowserContext:
        made.append(browser.new_context(locale="fa-IR", **{**DESK, **options}))
        return made[-1]

    yield context
    for one in made:
        one.close()


@pytest.fixture
def open_page(running: RunningPage, contexts: Callable[..., BrowserContext]) -> Iterator[Open]:
    """Opens the chat; at the end no script may have failed on the page."""
    failures: list[str] = []

    def open_page(url: str = running.url, context: BrowserContext | None = None, **options: Any) -> Page:
        page = (context or contexts(**options)).new_page()
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(url)
        page.wait_for_selector("#log[aria-busy=false]")
        return page

    yield open_page
    assert failures == []


def send(page: Page, text: str) -> None:
    page.fill("#message", text)
    page.click("#send")


def texts(page: Page, author: str) -> list[str]:
    return page.locator(f".item.{author} .words").all_text_contents()


def photo() -> dict[str, Any]:
    content = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(content, "JPEG")
    return {"name": "چاله.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()}


@pytest.mark.parametrize("device", [PHONE, DESK], ids=["phone", "desk"])
def test_a_message_and_one_button_end_in_a_card_with_the_number(
    open_page: Open, device: dict[str, Any]
) -> None:
    page = open_page(**device)
    send(page, BICYCLE)
    page.get_by_role("button", name="بله، ثبت شود").click()
    expect(page.locator(".card bdi").first).to_have_text("۴۸۲ ۹۱۳ ۵۰۷")
    expect(page.locator("#message")).to_have_value("")


def test_the_number_is_copied_in_plain_digits(
    open_page: Open, contexts: Callable[..., BrowserContext], running: RunningPage
) -> None:
    context = contexts(permissions=["clipboard-read", "clipboard-write"])
    page = open_page(context=context)
    send(page, BICYCLE)
    page.get_by_role("button", name="بله، ثبت شود").click()
    page.get_by_role("button", name="رونوشت شماره").click()
    expect(page.get_by_role("button", name="رونوشت شد")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "482913507"


def test_a_pressed_button_is_disabled_at_once_and_a_double_click_presses_it_once(
    open_page: Open, running: RunningPage
) -> None:
    page = open_page()
    send(page, BICYCLE)
    page.get_by_role("button", name="بله، ثبت شود").dblclick(force=True)
    expect(page.locator(".choice").first).to_be_disabled()
    expect(page.locator(".choice").last).to_be_disabled()
    page.wait_for_selector(".card")
    assert [i.button_token for i in running.backend.received.values() if i.button_token] == ["t-بله، ثبت شود"]


def test_the_thread_survives_a_reload_and_used_buttons_stay_used(open_page: Open) -> None:
    page = open_page()
    send(page, BICYCLE)
    page.get_by_role("button", name="بله، ثبت شود").click()
    page.wait_for_selector(".card")
    before = texts(page, "citizen"), texts(page, "city")
    page.reload()
    page.wait_for_selector(".card")
    assert (texts(page, "citizen"), texts(page, "city")) == before
    assert before[0] == [BICYCLE, "بله، ثبت شود"]
    expect(page.locator(".choice").first).to_be_disabled()


def test_another_browser_does_not_see_the_thread(open_page: Open) -> None:
    page = open_page()
    send(page, "راز من")
    expect(page.locator(".item.city")).to_have_count(1)
    stranger = open_page()
    expect(stranger.locator(".item")).to_have_count(0)


def test_a_photo_is_shown_sent_with_its_caption_and_kept_over_a_reload(
    open_page: Open, running: RunningPage
) -> None:
    page = open_page()
    page.set_input_files("#file", photo())
    expect(page.locator("#files img")).to_be_visible()
    send(page, "این چاله")
    expect(page.locator(".item.city .choice").first).to_be_visible()
    [incoming] = running.backend.received.values()
    assert (incoming.text, incoming.attachments[0].kind) == ("این چاله", "photo")
    expect(page.locator(".citizen img.picture")).to_be_visible()
    page.reload()
    expect(page.locator(".citizen .chip")).to_contain_text("چاله.jpg")


def test_a_chosen_file_can_be_taken_back(open_page: Open, running: RunningPage) -> None:
    page = open_page()
    page.set_input_files("#file", photo())
    page.get_by_role("button", name="حذف چاله.jpg").click()
    expect(page.locator("#files")).to_be_hidden()
    page.click("#send")
    assert not running.backend.received


def test_a_file_of_a_wrong_type_gets_a_kind_sentence(open_page: Open) -> None:
    page = open_page()
    page.set_input_files("#file", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    page.click("#send")
    expect(page.locator(".item.failed .meta")).to_contain_text("این نوع فایل را نمی‌گیریم")


def test_the_place_is_sent_when_allowed(open_page: Open, running: RunningPage) -> None:
    page = open_page(permissions=["geolocation"], geolocation={"latitude": 36.33, "longitude": 59.52})
    page.click("#locate")
    expect(page.locator(".item.city .words")).to_contain_text("موقعیت رسید")
    [incoming] = running.backend.received.values()
    assert incoming.pin == (36.33, 59.52)


def test_a_refused_place_gets_a_kind_sentence_and_the_key_of_a_question_asks_for_it_too(
    open_page: Open,
) -> None:
    page = open_page(permissions=[])
    send(page, "کجا بنویسم؟")
    page.locator(".key", has_text="موقعیت من").click()
    expect(page.locator("#notice")).to_contain_text("نام خیابان")
    expect(page.locator(".key")).to_have_count(3)


def test_the_keys_of_where_have_one_pin_and_go_when_the_next_question_brings_its_own_buttons(
    open_page: Open,
) -> None:
    page = open_page()
    send(page, "کجا بنویسم؟")
    place = page.locator(".key", has_text="موقعیت من")
    expect(place).to_have_text("موقعیت من")  # the picture of a pin stands beside it already
    expect(page.locator(".key", has_text="لغو")).to_have_count(1)
    send(page, "بولوار هدایت")
    expect(page.get_by_role("button", name="بله، ثبت شود")).to_be_visible()
    expect(place).to_have_count(0)
    expect(page.locator(".key")).to_have_count(4)


NASTY = [
    "<img src=x onerror=window.hurt=1>",
    "<script>window.hurt=1</script>",
    '"><svg/onload=window.hurt=1>',
    "javascript:window.hurt=1",
    "{{7*7}}${7*7}",
    "</script><script>window.hurt=1</script>",
    "&lt;b&gt;۱۲<b>۳۴</b>",
    '/restart{"a":1}',
    "\u202e وارونه \u2066",
]


def test_words_of_a_citizen_are_words_and_nothing_else(
    open_page: Open, running: RunningPage, contexts: Callable[..., BrowserContext]
) -> None:
    page = open_page()
    for text in NASTY:
        send(page, text)
    expect(page.locator(".item.city")).to_have_count(len(NASTY))
    assert texts(page, "citizen") == NASTY
    page.reload()
    expect(page.locator(".item.citizen")).to_have_count(len(NASTY))
    assert texts(page, "citizen") == NASTY
    assert page.evaluate("window.hurt") is None
    assert page.locator(".item img, .item script, .item b").count() == 0


def test_labels_names_cards_and_links_of_the_city_are_words_too(
    contexts: Callable[..., BrowserContext],
) -> None:
    from bot.channels.webchat import Card
    from bot.outgoing import InlineButton

    bad = "<img src=x onerror=window.hurt=1>"

    def answer(incoming: Incoming) -> list[ThreadItem]:
        links = (
            (InlineButton(bad, url="javascript:window.hurt=1"), InlineButton("بله", url="https://ble.ir/x")),
        )
        return [city(bad, inline=(*rows((bad,)), *links), card=Card(bad, bad, bad, bad, bad, bad))]

    with running_page(answer) as running:
        page = contexts().new_page()
        page.goto(running.url)
        page.wait_for_selector("#log[aria-busy=false]")
        send(page, "سلام")
        page.wait_for_selector(".card")
        assert page.locator("a.choice").first.get_attribute("href") is None
        assert page.locator("a.choice").last.get_attribute("href") == "https://ble.ir/x"
        assert page.evaluate("window.hurt") is None
        assert page.locator(".item img").count() == 0


def test_an_answer_lost_on_the_way_is_sent_again_and_filed_once(
    open_page: Open, running: RunningPage
) -> None:
    page = open_page()
    lost: list[str] = []

    def lose_first_answer(route: Route) -> None:
        if not lost:
            lost.append(route.fetch().text())
            route.abort()
        else:
            route.continue_()

    page.route("**/chat/messages", lose_first_answer)
    send(page, BICYCLE)
    page.wait_for_function("() => !Object.keys(localStorage).some((key) => key.startsWith('hamyar.outbox.'))")
    assert running.backend.posts == 2
    assert len(running.backend.received) == 1
    expect(page.locator(".item.citizen")).to_have_count(1)
    expect(page.locator(".item.city")).to_have_count(1)


def test_what_was_written_offline_is_sent_when_the_line_is_back(
    open_page: Open, running: RunningPage
) -> None:
    page = open_page()
    page.context.set_offline(True)
    send(page, "یک")
    send(page, "دو")
    expect(page.locator("#notice")).to_contain_text("اینترنت قطع است")
    assert not running.backend.received
    page.context.set_offline(False)
    expect(page.locator(".item.city")).to_have_count(2)
    assert [i.text for i in running.backend.received.values()] == ["یک", "دو"]
    expect(page.locator("#notice")).to_be_hidden(timeout=8000)


def test_what_could_not_be_sent_before_a_reload_is_sent_after_it(
    open_page: Open, running: RunningPage
) -> None:
    page = open_page()
    page.route("**/chat/messages", lambda route: route.abort())
    send(page, "پیش از بارگذاری")
    expect(page.locator(".item.sending")).to_have_count(1)
    page.unroute("**/chat/messages")
    page.reload()
    expect(page.locator(".item.city")).to_have_count(1)
    assert [i.text for i in running.backend.received.values()] == ["پیش از بارگذاری"]


def test_who_is_slowed_down_is_told_and_loses_nothing(open_page: Open, running: RunningPage) -> None:
    page = open_page()
    asked: list[int] = []

    def slow_down(route: Route) -> None:
        asked.append(1)
        if len(asked) > 1:
            route.continue_()
        else:
            route.fulfill(status=429, headers={"Retry-After": "1"}, json={"error": "slow_down"})

    page.route("**/chat/messages", slow_down)
    send(page, "تند")
    expect(page.locator("#notice")).to_contain_text("کمی آهسته‌تر")
    expect(page.locator(".item.city")).to_have_count(1)


def test_waiting_for_a_reply_shows_itself(contexts: Callable[..., BrowserContext]) -> None:
    with running_page(bicycle_script, seconds=1.2) as running:
        page = contexts().new_page()
        page.goto(running.url)
        page.wait_for_selector("#log[aria-busy=false]")
        send(page, "سلام")
        expect(page.locator("#typing")).to_be_visible(timeout=1000)
        expect(page.locator(".item.city")).to_have_count(1)
        expect(page.locator("#typing")).to_be_hidden()


def test_a_push_arrives_without_being_asked_for(open_page: Open, running: RunningPage) -> None:
    page = open_page()
    send(page, "سلام")
    expect(page.locator(".item.city")).to_have_count(1)
    [incoming] = running.backend.received.values()
    running.backend.say(incoming.chat_id, city("درخواست ۴۸۲ ۹۱۳ ۵۰۷ انجام شد."))
    expect(page.locator(".item.city .words").last).to_contain_text("انجام شد", timeout=8000)
    expect(page.locator(".item.city bdi").last).to_have_text("۴۸۲ ۹۱۳ ۵۰۷")


def test_everything_can_be_done_by_keyboard(open_page: Open, running: RunningPage) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "message"
    page.keyboard.type("لطفا به بولوار هدایت")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("ایستگاه دوچرخه")
    page.keyboard.press("Enter")
    page.wait_for_selector(".choice")
    page.focus("#log")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "بله، ثبت شود":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector(".card")
    assert page.evaluate("document.activeElement.id") == "log"
    assert len(running.backend.received) == 2


def test_leaving_clears_this_browser_after_asking(open_page: Open) -> None:
    page = open_page()
    send(page, "سلام")
    expect(page.locator(".item.city")).to_have_count(1)
    page.click("#leave")
    page.get_by_role("button", name="نه، بماند").click()
    expect(page.locator(".item.city")).to_have_count(1)
    page.click("#leave")
    page.get_by_role("button", name="بله، پاک شود").click()
    expect(page.locator(".item")).to_have_count(0)
    page.reload()
    page.wait_for_selector("#log[aria-busy=false]")
    expect(page.locator(".item")).to_have_count(0)


def test_nothing_overflows_and_every_target_is_large_enough(open_page: Open) -> None:
    for options in ({**PHONE}, {"viewport": {"width": 320, "height": 568}}, {**DESK}):
        page = open_page(**options)
        send(page, BICYCLE)
        page.wait_for_selector(".choice")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        sizes = page.evaluate(
            """() => [...document.querySelectorAll('button, a')]
                .filter((e) => e.getClientRects().length && !e.matches('.skip'))
                .map((e) => [e.textContent.trim(), e.getBoundingClientRect()])
                .filter(([, r]) => r.width < 44 || r.height < 44).map(([name]) => name)"""
        )
        assert sizes == []
        small = page.evaluate(
            """() => [...document.querySelectorAll('body *')].filter((e) => e.getClientRects().length
                && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())
                && parseFloat(getComputedStyle(e).fontSize) < 16).map((e) => e.className || e.tagName)"""
        )
        assert small == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing(open_page: Open, scheme: str, device: dict[str, Any]) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not there (scripts/assets.py fetches it)")
    page = open_page(color_scheme=scheme, bypass_csp=True, **device)

    def violations() -> list[str]:
        page.add_script_tag(path=str(AXE))
        found = page.evaluate(
            "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
        )
        return [f"{v['id']}: {v['help']}: {v['nodes'][0]['html'][:200]}" for v in found["violations"]]

    assert violations() == []
    send(page, BICYCLE)
    page.wait_for_selector(".choice")
    assert violations() == []
    page.get_by_role("button", name="بله، ثبت شود").click()
    page.wait_for_selector(".card")
    page.context.set_offline(True)
    send(page, "آفلاین")
    expect(page.locator("#notice")).to_be_visible()
    assert violations() == []


def test_the_page_obeys_its_own_policy(running: RunningPage, contexts: Callable[..., BrowserContext]) -> None:
    page = contexts().new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(running.url)
    page.wait_for_selector("#log[aria-busy=false]")
    send(page, BICYCLE)
    page.get_by_role("button", name="بله، ثبت شود").click()
    page.wait_for_selector(".card")
    page.goto(f"{running.url}/not-here")
    expect(page.get_by_role("heading")).to_have_text("این صفحه را پیدا نکردیم")
    assert [text for text in complaints if re.search("Content Security|Refused", text)] == []
