"""The pages as people use them, on one running region: a citizen, a checkpoint, an officer, in a real browser."""

import base64
import gzip
import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import qrcode
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from deploy.local.stack import Stack
from tests.browser.test_page import ARGUMENTS, PICTURES, browser
from tests.support.callers import caller
from tests.support.polling import eventually
from tests.support.portal import WEB, Portal, built_pages, portal_region

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.embedded, pytest.mark.timeout(600)]
__all__ = ["browser"]

REGION: Final = "340000"
STEP_MS: Final = 30_000
FIRST_LOAD: Final = 150_000
SIZES: Final = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
LANGUAGES: Final = ("zh", "en")
AXE: Final = """async () => {
  const found = await axe.run();
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target).join(" | ")}`);
}"""


@pytest.fixture(scope="module")
def portal(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A region, its pages, and somebody to sign in at."""
    with portal_region(stack, tmp_path_factory.mktemp("portal"), REGION) as running:
        yield running


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
            self._speak(language)
            self.page.evaluate(axe())
            assert self.page.evaluate(AXE) == [], f"{name} in {language}"
            for size, viewport in SIZES.items():
                self.page.set_viewport_size(viewport)  # type: ignore[arg-type]
                self.page.screenshot(path=PICTURES / f"portal-{name}-{language}-{size}.png", full_page=True)
            self.page.set_viewport_size(SIZES["phone"])  # type: ignore[arg-type]
        self._speak("zh")
        assert self.faults == []

    def _speak(self, language: str) -> None:
        if not (self.page.locator("html").get_attribute("lang") or "").startswith(language):
            self.page.locator("#language").click()
            expect(self.page.locator("html")).to_have_attribute("lang", re.compile(f"^{language}"))
        code = self.page.locator("#code")
        if code.count() and self.page.evaluate("navigator.onLine"):  # its words come from the region
            expect(code).to_have_attribute("lang", re.compile(f"^{language}"))


def axe() -> str:
    """The checker of accessibility, as a script."""
    return (WEB / "node_modules/axe-core/axe.min.js").read_text("utf-8")


def test_a_citizens_first_load_is_small(tmp_path: Path) -> None:
    pages = built_pages(tmp_path / "pages")
    index = (pages / "index.html").read_text("utf-8")
    named = re.findall(r'(?:src|href)="/app/([^"]+)"', index)
    files = [pages / "index.html", *(pages / name for name in named)]
    size = sum(len(gzip.compress(file.read_bytes())) for file in files)
    print(f"\nfirst load of the citizen's page: {size} bytes with gzip, {len(files)} files")  # noqa: T201 - a measurement
    assert size < FIRST_LOAD
    assert not re.search(r"<script(?![^>]*src=)|<style|\son[a-z]+=|https?://", index), "nothing inline, no other origin"


def test_a_citizen_declares_shows_the_code_offline_and_reads_why_it_is_red(portal: Portal, browser: Browser) -> None:
    visit = Visit(browser, portal)
    page = visit.page
    page.goto(portal.url)
    expect(page.locator("#sign-in")).to_be_visible()
    visit.seen("door")
    visit.sign_in("", "new")
    declare(visit)
    code = page.locator("#code")
    expect(code).to_have_attribute("data-color", "green")
    expect(page.locator(".qr canvas")).to_have_attribute("data-text", re.compile("^HK1:"))
    visit.seen("green")
    assert verdict(portal, page) == ("valid", "green")

    page.locator("#well").click()
    expect(page.locator("#check-in")).to_contain_text("今天已打卡")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    visit.context.set_offline(True)
    page.reload()
    expect(code).to_have_attribute("data-color", "green")
    expect(page.locator(".qr canvas")).to_have_attribute("data-text", re.compile("^HK1:"))
    assert verdict(portal, page) == ("valid", "green")
    visit.seen("offline")
    visit.context.set_offline(False)

    listed(portal, page)
    expect(code).to_have_attribute("data-color", "red")
    expect(page.locator("#why")).to_contain_text("重点人员名单")
    expect(page.locator("#way-out progress").first).to_be_visible()
    expect(page.locator(".qr canvas")).to_have_attribute("data-text", re.compile("^HK1:"))
    visit.seen("red")
    assert verdict(portal, page) == ("valid", "red")
    own = {portal.region.url}
    assert {origin for origin in visit.asked if origin not in own} <= {signed_in_at(portal)}, "no other origin is asked"
    visit.context.close()


def declare(visit: Visit) -> None:
    """Step by step; what was typed is told at once when it is wrong, and is still there after the page was closed."""
    page = visit.page
    page.locator("[name=phone]").fill("12")
    page.locator("[name=phone]").blur()
    expect(page.locator("#declare")).to_contain_text("请填写 6 至 20 位的电话号码")
    visit.seen("declare-1")
    page.locator("[name=phone]").fill("13800001234")
    page.locator("#next").click()
    page.locator("[name=residence]").select_option(f"{REGION[:2]}0100")
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


def signed_in_at(portal: Portal) -> str:
    """The origin of the identity provider."""
    about = caller(portal.region, "officer").get("/v1/portal").json()
    return "/".join(about["sign_in"]["authorize_url"].split("/")[:3])


def test_a_checkpoint_scans_live_codes_by_camera_without_network_and_refuses_a_picture(
    portal: Portal, browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    holder = Visit(browser, portal)
    holder.sign_in("", "new")
    declare_quickly(holder)
    shown = live_text(holder.page)
    gate = Visit(filmed(browser, shown, tmp_path), portal)
    page, result = gate.page, gate.page.locator("#result")
    gate.sign_in("checkpoint", "checkpoint")
    expect(page.locator("#lists")).to_have_attribute("data-lists", re.compile("^[1-9]"))
    gate.seen("checkpoint")

    page.locator("#camera").click()
    expect(result).to_have_attribute("data-tone", "enter")
    expect(result).to_have_attribute("data-online", "true")
    took = int(result.get_attribute("data-ms") or "")
    gate.seen("checkpoint-enter")

    page.evaluate("navigator.serviceWorker.ready.then(() => caches.keys())")
    kept = "async () => Boolean(await caches.match('/app/checkpoint')) && (await caches.match('/app/')) !== undefined"
    page.wait_for_function(kept)
    page.locator("#next-scan").click()
    expect(result).to_have_attribute("data-verdict", "valid")
    expect(result).to_contain_text("刚刚出示过")
    page.locator("#next-scan").click()

    gate.context.set_offline(True)
    page.reload()
    expect(page.locator("#lists")).to_have_attribute("data-lists", re.compile("^[1-9]"))
    page.locator("#camera").click()
    expect(result).to_have_attribute("data-online", "false")
    expect(result).to_have_attribute("data-tone", "enter")
    page.clock.set_fixed_time(time.time() + 120)
    page.locator("#next-scan").click()
    expect(result).to_have_attribute("data-verdict", "not_fresh")
    gate.seen("checkpoint-picture")
    with capsys.disabled():
        print(f"\nfrom the camera's frame to the answer: {took} ms")  # noqa: T201 - a measurement
    gate.context.close()
    holder.context.close()


def declare_quickly(visit: Visit) -> None:
    """All steps, nothing looked at."""
    page = visit.page
    page.locator("[name=phone]").fill("13800001234")
    page.locator("#next").click()
    page.locator("[name=residence]").select_option(f"{REGION[:2]}0100")
    page.locator("[name=address]").fill("文三路 90 号")
    page.locator("#next").click()
    for question, answer in (("well", "yes"), ("contact", "no"), ("away", "no")):
        page.locator(f"[name={question}][value={answer}]").check()
    page.locator("#next").click()
    page.locator("[name=promise]").check()
    page.locator("#next").click()
    expect(page.locator("#code")).to_have_attribute("data-color", "green")


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


def test_a_person_contests_an_entry_is_put_right_and_reads_who_looked(
    portal: Portal, browser: Browser, tmp_path: Path
) -> None:
    holder = Visit(browser, portal)
    holder.sign_in("", "new")
    declare_quickly(holder)
    code, officer = holder.page.locator("#code"), caller(portal.region, "officer")
    listed(portal, holder.page)
    expect(code).to_have_attribute("data-color", "red")
    contest(holder)
    purpose = {"id_type": "resident_id", "id_number": claims(holder.page)["id_number"], "purpose": "核实纠错申请"}
    subject = officer.post("/v1/portal/openings", json=purpose).json()["subject"]

    def asked() -> list[str] | None:
        inbox = officer.get("/v1/corrections/inbox").json()["corrections"]
        return [each["id"] for each in inbox if each["subject"] == subject] or None

    (correction,) = eventually("what is contested", asked)
    answer = {"outcome": "upheld", "explanation": "经核实为同名，已撤回"}
    settled = officer.post(f"/v1/corrections/inbox/{correction}/answer", json=answer)
    assert settled.is_success, settled.text
    expect(code).to_have_attribute("data-color", "green")
    for name, told in (("openings", "核实纠错申请"), ("contested", "已更正"), ("history", "红码")):
        holder.page.locator(f"#fold-{name} summary").click()
        expect(holder.page.locator(f"#fold-{name}")).to_contain_text(told)
    holder.seen("record")
    errands(holder)
    at_a_door(portal, holder, tmp_path)
    holder.context.close()


def errands(holder: Visit) -> None:
    """A trip, of which the page says who is told; and a code on paper."""
    page = holder.page
    page.locator("#fold-trip summary").click()
    page.locator("[name=destination]").select_option("420100")
    page.locator("#send-trip").click()
    expect(page.locator("#fold-trip")).to_contain_text("已登记")
    page.locator("#fold-paper summary").click()
    page.locator("#make-paper").click()
    expect(page.locator("#paper canvas")).to_have_attribute("data-text", re.compile("^HC1:"))
    holder.seen("errands")


def contest(holder: Visit) -> None:
    """The person says that the listing is about somebody else."""
    holder.page.locator("[data-contest]").click()
    holder.page.locator("[name=complaint]").select_option("not_me")
    holder.page.locator("[name=statement]").fill("同名不同人，我从未去过该地。")
    holder.seen("contest")
    holder.page.locator(".contest button[type=submit]").click()
    expect(holder.page.locator("#facts")).to_contain_text("已提交")


def at_a_door(portal: Portal, holder: Visit, folder: Path) -> None:
    """Who scans a place's code, here from a picture, gets the number that the door sees."""
    officer = caller(portal.region, "officer")
    place = officer.post("/v1/places", json={"name": "西湖文化广场 3 号门", "area": f"{REGION[:2]}0100"}).json()
    picture = folder / "door.png"
    qrcode.make(place["code"]).save(picture)
    holder.page.locator("#fold-place summary").click()
    holder.page.locator("#place-picture").set_input_files(picture)
    expect(holder.page.locator("#entry")).to_have_attribute("data-admitted", "true")
    number = holder.page.locator("#entry .number").inner_text()
    assert number in officer.get(f"/v1/places/{place['place']}/passes").text
    holder.seen("door-pass")
