"""The web chat in a real Chromium before the whole of Hamyar: real Rasa, dispatcher and simulated city."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.city import City, number_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("city")]

BIKE = "لطفا به بولوار هدایت ایستگاه دوچرخه اضافه کنید"
PATIENCE = 20_000  # ms


@pytest.fixture
def page(chromium: str, city: City) -> Iterator[Page]:
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        context = browser.new_context(locale="fa-IR", viewport={"width": 390, "height": 844})
        page = context.new_page()
        page.goto(city.web)
        page.wait_for_selector("#log[aria-busy=false]")
        yield page
        browser.close()


def send(page: Page, text: str) -> None:
    page.fill("#message", text)
    page.click("#send")


def hears(page: Page, text: str) -> None:
    expect(page.locator(".item.city").last).to_contain_text(text, timeout=PATIENCE)


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label).last.click()


def shown_number(page: Page) -> str:
    card = page.get_by_text(re.compile("[۰-۹]{3}\u00a0[۰-۹]{3}\u00a0[۰-۹]{3}")).last
    expect(card).to_be_visible(timeout=PATIENCE)
    return number_in(card.inner_text())


def at_the_city(page: Page, city: City, number: str) -> dict[str, str]:
    """The request as the municipal system has it: exactly one."""
    for _ in range(100):
        mine = city.filed_under(number)
        if mine:
            assert len(mine) == 1
            return dict(mine[0])
        page.wait_for_timeout(200)
    raise AssertionError("the request did not reach the municipal system")


def test_a_bike_station_is_filed_with_one_confirmation_and_survives_a_reload(page: Page, city: City) -> None:
    send(page, BIKE)
    hears(page, "درست است؟")
    expect(page.locator(".item.city").last).to_contain_text("بولوار هدایت")
    press(page, "ثبت شود")
    number = shown_number(page)

    assert at_the_city(page, city, number)["service_code"] == "bike_share"
    page.reload()
    page.wait_for_selector("#log[aria-busy=false]")
    assert shown_number(page) == number


def test_news_arrives_in_an_open_tab(page: Page, city: City) -> None:
    send(page, BIKE)
    hears(page, "درست است؟")
    press(page, "ثبت شود")
    number = shown_number(page)
    there = at_the_city(page, city, number)
    city.moves(there, "in_progress")
    hears(page, "شروع شد")


def test_a_citizens_markup_is_only_text(page: Page) -> None:
    send(page, '<img src=x onerror="document.title=1">چراغ کوچه خاموشه')
    expect(page.locator(".item.citizen").last).to_contain_text("<img src=x", timeout=PATIENCE)
    page.wait_for_timeout(1500)
    assert page.title() != "1"
    assert page.locator(".item img").count() == 0
