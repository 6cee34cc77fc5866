"""The pages as people use them, on one running region: a citizen, a checkpoint, an officer, in a real browser."""

import gzip
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import qrcode
from playwright.sync_api import Browser, expect

from deploy.local.stack import Stack
from tests.support.callers import caller
from tests.support.polling import eventually
from tests.support.portal import Portal, portal_region
from tests.support.visits import Visit, claims, declare, declare_quickly, filmed, listed, live_text, verdict

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.embedded, pytest.mark.timeout(600)]

REGION: Final = "340000"
FIRST_LOAD: Final = 150_000


@pytest.fixture(scope="module")
def portal(stack: Stack, pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A region, its pages, and somebody to sign in at."""
    with portal_region(stack, pages, tmp_path_factory.mktemp("portal"), REGION) as running:
        yield running


def test_a_citizens_first_load_is_small(pages: Path) -> None:
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
