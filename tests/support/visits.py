"""People at the pages of a region, each in a browser of their own, and what they do there again and again."""

import base64
import json
import re
import shutil
from pathlib import Path
from typing import Any, Final

import qrcode
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.browsers import ARGUMENTS, PICTURES
from tests.support.callers import caller
from tests.support.portal import WEB, Portal

STEP_MS: Final = 30_000
SIZES: Final = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
LANGUAGES: Final = ("zh", "en")
AXE: Final = """async () => {
  const found = await axe.run();
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target).join(" | ")}`);
}"""


class Visit:
    """Somebody's browser, and all that went wrong in it."""

    def __init__(self, browser: Browser, portal: Portal, size: str = "phone") -> None:
        self.context: BrowserContext = browser.new_context(viewport=SIZES[size], locale="zh-CN")  # type: ignore[arg-type]
        self.context.set_default_timeout(STEP_MS)
        expect.set_options(timeout=STEP_MS)
        self.page: Page = self.context.new_page()
        self.portal = portal
        self.faults: list[str] = []
        self.asked: set[str] = set()
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda said: self._heard(said.text, said.type))
        self.page.on("request", lambda request: self.asked.add("/".join(request.url.split("/")[:3])))

    def _heard(self, text: str, kind: str) -> None:
        if kind == "error" and "Failed to load resource" not in text:  # an answer of 404 is one that the page expects
            self.faults.append(text)

    def sign_in(self, path: str, who: str) -> None:
        """Three clicks: the page, the button, the person."""
        self.page.goto(self.portal.url + path)
        self.page.locator("#sign-in").click()
        self.page.locator(f"#{who}").click()

    def seen(self, name: str) -> None:
        """Pictures in both languages and sizes; nothing that axe minds, and no fault of the page's own."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        for language in LANGUAGES:
            self.speak(language)
            self.page.evaluate(axe())
            assert self.page.evaluate(AXE) == [], f"{name} in {language}"
            for size, viewport in SIZES.items():
                self.page.set_viewport_size(viewport)  # type: ignore[arg-type]
                self.page.screenshot(path=PICTURES / f"portal-{name}-{language}-{size}.png", full_page=True)
            self.page.set_viewport_size(SIZES["phone"])  # type: ignore[arg-type]
        self.speak("zh")
        assert self.faults == []

    def speak(self, language: str) -> None:
        """By the button."""
        if not (self.page.locator("html").get_attribute("lang") or "").startswith(language):
            self.page.locator("#language").click()
            expect(self.page.locator("html")).to_have_attribute("lang", re.compile(f"^{language}"))
        code = self.page.locator("#code")
        if code.count() and self.page.evaluate("navigator.onLine"):  # its words come from the region
            expect(code).to_have_attribute("lang", re.compile(f"^{language}"))


class Desk(Visit):
    """An officer at the console, on a large screen."""

    def __init__(self, browser: Browser, portal: Portal, who: str) -> None:
        super().__init__(browser, portal, "desktop")
        self.sign_in("console", who)
        expect(self.page.locator(".views")).to_be_visible()

    def open(self, view: str) -> None:
        """By the menu."""
        self.page.locator(f".views a[href='#/{view}']").click()
        expect(self.page.locator(f"#view-{view}")).to_be_visible()

    def seen(self, name: str) -> None:
        """As of a visit, on a large screen between."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        for language in LANGUAGES:
            self.speak(language)
            for size, viewport in SIZES.items():
                self.page.set_viewport_size(viewport)  # type: ignore[arg-type]
                self.page.evaluate(axe())
                found = self.page.evaluate(AXE)
                assert found == [], f"{name} in {language} on a {size}: {found}"
                self.page.screenshot(path=PICTURES / f"console-{name}-{language}-{size}.png", full_page=True)
        self.speak("zh")
        self.page.set_viewport_size(SIZES["desktop"])  # type: ignore[arg-type]
        assert self.faults == []

    def speak(self, language: str) -> None:
        """By a click that reaches the button below a dialog, too."""
        if not (self.page.locator("html").get_attribute("lang") or "").startswith(language):
            self.page.locator("#language").dispatch_event("click")
            expect(self.page.locator("html")).to_have_attribute("lang", re.compile(f"^{language}"))


def axe() -> str:
    """The checker of accessibility, as a script."""
    return (WEB / "node_modules/axe-core/axe.min.js").read_text("utf-8")


def declare(visit: Visit) -> None:
    """Step by step; what was typed is told at once when it is wrong, and is still there after the page was closed."""
    page = visit.page
    page.locator("[name=phone]").fill("12")
    page.locator("[name=phone]").blur()
    expect(page.locator("#declare")).to_contain_text("请填写 6 至 20 位的电话号码")
    visit.seen("declare-1")
    page.locator("[name=phone]").fill("13800001234")
    page.locator("#next").click()
    page.locator("[name=residence]").select_option(f"{visit.portal.region.region[:2]}0100")
    page.locator("[name=address]").fill("文三路 90 号")
    page.reload()
    expect(page.locator("[name=address]")).to_have_value("文三路 90 号")
    visit.seen("declare-2")
    page.locator("#next").click()
    page.locator("[name=well][value=yes]").check()
    page.locator("[name=contact][value=no]").check()
    page.locator("[name=away][value=no]").check()
    visit.seen("declare-3")
    page.locator("#next").click()
    page.locator("[name=promise]").check()
    visit.seen("declare-4")
    page.locator("#next").click()


def declare_quickly(visit: Visit) -> None:
    """All steps, nothing looked at."""
    page = visit.page
    page.locator("[name=phone]").fill("13800001234")
    page.locator("#next").click()
    page.locator("[name=residence]").select_option(f"{visit.portal.region.region[:2]}0100")
    page.locator("[name=address]").fill("文三路 90 号")
    page.locator("#next").click()
    for question, answer in (("well", "yes"), ("contact", "no"), ("away", "no")):
        page.locator(f"[name={question}][value={answer}]").check()
    page.locator("#next").click()
    page.locator("[name=promise]").check()
    page.locator("#next").click()
    expect(page.locator("#code")).to_have_attribute("data-color", "green")


def verdict(portal: Portal, page: Page) -> tuple[str, str]:
    """What a checkpoint of the region says of what the page shows."""
    shown = page.locator(".qr canvas").get_attribute("data-text")
    gate = caller(portal.region, "checkpoint")
    answer = gate.post("/v1/verifications", json={"credential": shown}).json()
    return answer["verdict"], answer["color"]


def claims(page: Page) -> dict[str, Any]:
    """Who is signed in, as the token says."""
    part: str = page.evaluate("sessionStorage.getItem('hc-token').split('.')[1]")
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=="))
    return decoded


def listed(portal: Portal, page: Page) -> None:
    """An officer puts the person on a list."""
    who = claims(page)
    body = {
        "person": {"id_type": who["id_type"], "id_number": who["id_number"]},
        "category": "close_contact",
        "evidence": "疾控〔2020〕17号",
        "valid_from": "2026-01-01T00:00:00+08:00",
    }
    answer = caller(portal.region, "officer").post("/v1/lists/entries", json=body)
    assert answer.is_success, answer.text


def live_text(page: Page) -> str:
    """What the QR code on the page says now."""
    expect(page.locator(".qr canvas")).to_have_attribute("data-text", re.compile("^HK1:"))
    return page.locator(".qr canvas").get_attribute("data-text") or ""


def filmed(browser: Browser, text: str, folder: Path) -> Browser:
    """A browser whose camera sees that code; its film is a few pictures over and over."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, box_size=6, border=4)
    code.add_data(text)
    picture = code.make_image().get_image().convert("L")
    frame = Image.new("RGB", (1280, 960), "gray")
    frame.paste(picture, ((1280 - picture.width) // 2, (960 - picture.height) // 2))
    film = folder / "code.mjpeg"
    with film.open("wb") as file:
        for _ in range(3):
            frame.save(file, "JPEG", quality=90)
    camera = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    arguments = [*ARGUMENTS, *camera, f"--use-file-for-fake-video-capture={film}"]
    return browser.browser_type.launch(executable_path=shutil.which("chromium"), args=arguments)
