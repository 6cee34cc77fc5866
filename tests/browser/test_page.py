"""The live page in a real browser: a citizen turns green, red and green again, and two other regions follow."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browsers import picture
from tests.support.region import free_port

pytestmark = [pytest.mark.browser, pytest.mark.embedded, pytest.mark.timeout(600)]

STEP_MS = 90_000
START_SECONDS = 240


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A small demo; gives the address of its page."""
    folder = tmp_path_factory.mktemp("demo")
    folder.chmod(0o755)
    port = free_port()
    command = [sys.executable, "-m", "demo", "--people", "300", "--port", str(port), "--data", str(folder / "data")]
    with (folder / "demo.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def open_page(browser: Browser, address: str, language: str) -> Page:
    """The page once its buttons can be used."""
    page = browser.new_page(viewport={"width": 1360, "height": 1000}, locale=language)
    for _ in range(START_SECONDS):
        try:
            page.goto(address)
            break
        except Exception:  # noqa: BLE001 - the demo is not listening yet, whatever the browser calls that
            page.wait_for_timeout(1000)
    expect(page.locator("#declare")).to_be_enabled(timeout=START_SECONDS * 1000)
    return page


def test_a_citizen_turns_green_red_and_green_and_other_regions_follow(browser: Browser, demo: str) -> None:
    page = open_page(browser, demo, "en-GB")
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    code, abroad = page.locator("#mine .code"), page.locator("#mine .abroad li")

    page.locator("#declare").click()
    expect(code).to_have_class(re.compile("green"), timeout=STEP_MS)
    expect(page.locator("#mine .qr svg")).to_be_visible()
    expect(abroad).to_have_count(2, timeout=STEP_MS)
    for row in (0, 1):
        expect(abroad.nth(row)).to_have_class("green", timeout=STEP_MS)
    picture(page, "citizen-1-green")

    page.locator("#list").click()
    expect(code).to_have_class(re.compile("red"), timeout=STEP_MS)
    for row in (0, 1):
        expect(abroad.nth(row)).to_have_class("red", timeout=STEP_MS)
    expect(page.locator("#crossings tbody tr").first).to_be_visible()
    expect(page.locator("#network .node")).to_have_count(4)
    expect(page.locator("#network")).to_have_attribute("aria-label", re.compile("Gansu: adopts the national code"))
    picture(page, "citizen-2-red")

    page.locator("#pass").click()
    expect(code).to_have_class(re.compile("green"), timeout=2 * STEP_MS)
    for row in (0, 1):
        expect(abroad.nth(row)).to_have_class("green", timeout=STEP_MS)
    picture(page, "citizen-3-green-again")
    assert faults == []


def test_the_page_speaks_chinese_and_asks_nobody_else(browser: Browser, demo: str) -> None:
    page = browser.new_page(locale="zh-CN")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(demo)
    expect(page.locator("h1")).to_have_text("健康码 · 实时")
    expect(page.locator("#regions h3").first).to_contain_text("浙江")
    page.locator("#language").click()
    expect(page.locator("h1")).to_have_text("Health code, live")
    assert {address for address in asked if not address.startswith(demo)} <= {"data:,"}
