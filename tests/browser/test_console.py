"""The officer's console as two officers use it, on one running region, in a real browser."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from deploy.local.stack import Stack
from tests.support.callers import caller, citizen, colored
from tests.support.people import declaration, entry, id_number
from tests.support.portal import Portal, portal_region
from tests.support.region import RegionProcesses
from tests.support.visits import Desk, Visit

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.embedded, pytest.mark.timeout(600)]

REGION: Final = "230000"
OFFICE: Final = "230100-cdc"
PEOPLE: Final = 30
LISTED: Final = 4
TRAVELLED: Final = (10, 11, 12)
"""These were where a level is going to be raised."""
STAY: Final = {
    "area": "420106",
    "since": (datetime.now(UTC) - timedelta(days=5)).date().isoformat(),
    "until": (datetime.now(UTC) - timedelta(days=3)).date().isoformat(),
}
HOMES: Final = ("330106", "330206", "330302", "330402")


@pytest.fixture(scope="module")
def portal(stack: Stack, pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A region with some people in it."""
    with portal_region(stack, pages, tmp_path_factory.mktemp("console"), REGION) as running:
        settle(running.region)
        yield running


def settle(region: RegionProcesses) -> None:
    """Some people who declared, a few of whom are on a list."""
    for index in range(PEOPLE):
        body = declaration(index, area=HOMES[index % len(HOMES)], stays=[STAY] if index in TRAVELLED else [])
        answer = citizen(region, index).post("/v1/declarations", json=body)
        assert answer.is_success, answer.text
    colored(citizen(region, PEOPLE - 1), "green")
    officer = caller(region, "officer", sub="officer-0", person="person-officer-0", authority=OFFICE)
    for index in range(LISTED):
        answer = officer.post("/v1/lists/entries", json=entry(index))
        assert answer.is_success, answer.text
    colored(citizen(region, LISTED - 1), "red")


def people(page: Page, color: str) -> int:
    """How many the overview says have that color."""
    return int(page.locator(f"#people [data-color={color}]").get_attribute("data-people") or -1)


def test_the_overview_counts_people_by_color_and_area(portal: Portal, browser: Browser) -> None:
    desk = Desk(browser, portal, "officer-1")
    red = desk.page.locator("#people [data-color=red]")
    expect(red).to_have_attribute("data-people", str(LISTED))
    assert people(desk.page, "green") == PEOPLE - LISTED
    expect(desk.page.locator("#table-people tbody tr")).to_have_count(len(HOMES))
    expect(desk.page.locator("#flow svg")).to_have_count(4)
    desk.seen("overview")
    desk.context.close()


def test_an_officer_imports_a_list_and_takes_entries_back(portal: Portal, browser: Browser, tmp_path: Path) -> None:
    desk = Desk(browser, portal, "officer-1")
    desk.open("lists")
    page = desk.page
    rows = page.locator("#table-lists tbody tr")
    expect(rows).to_have_count(LISTED)
    page.locator("#import").click()
    page.locator("#importing input[type=file]").set_input_files(list_file(tmp_path / "list.csv"))
    expect(page.locator("#importing")).to_contain_text("2 行可以录入，2 行有误")
    expect(page.locator("#table-faults tbody tr")).to_have_count(2)
    expect(page.locator("#table-faults")).to_contain_text("id_number")
    desk.seen("import")
    page.locator("#enter").click()
    expect(page.locator("#importing")).to_contain_text("已录入 2 行，2 行被拒绝")
    expect(rows).to_have_count(LISTED + 2)
    colored(citizen(portal.region, PEOPLE - 1), "red")

    page.locator("#table-lists input[type=search]").fill("导入的条目")
    expect(rows).to_have_count(2)
    with page.expect_download() as exported:
        page.get_by_role("button", name="导出 CSV").last.click()
    assert "导入的条目" in Path(exported.value.path()).read_text("utf-8-sig")
    rows.first.locator("input[type=checkbox]").check()
    rows.last.locator("input[type=checkbox]").check()
    page.locator("#withdraw").click()
    expect(page.locator("dialog")).to_contain_text("2 人（密切接触者）将立即重新评定")
    desk.seen("withdraw")
    page.locator("#do").click()
    expect(page.locator("dialog")).to_have_count(0)
    expect(rows.first).to_contain_text("已撤回")
    colored(citizen(portal.region, PEOPLE - 1), "green")
    desk.seen("lists")
    desk.context.close()


def test_a_level_is_tried_and_proposed(portal: Portal, browser: Browser) -> None:
    desk = Desk(browser, portal, "officer-1")
    desk.open("areas")
    page = desk.page
    page.locator("#change-level").click()
    page.locator("[name=code]").fill("420106")
    page.locator("[name=level][value=high]").check()
    page.locator("[name=from]").fill((datetime.now(UTC) - timedelta(days=6)).strftime("%Y-%m-%dT00:00"))
    page.locator("[name=evidence]").fill("疾控〔2020〕21号")
    expect(page.locator("#propose")).to_be_disabled()
    page.locator("#try").click()
    expect(page.locator("[data-changed]")).to_have_attribute("data-changed", str(len(TRAVELLED)))
    desk.seen("areas-tried")
    page.locator("#propose").click()
    page.locator("dialog [name=why]").fill("该区新增多例聚集性疫情")
    page.locator("#do").click()
    expect(page.locator("#proposed")).to_be_visible()
    desk.open("proposals")
    page.locator("#table-proposals tbody a").first.click()
    expect(page.locator("#proposal")).to_contain_text("只能由另一人批准")
    expect(page.locator("#approve")).to_have_count(0)
    desk.context.close()

    second = Desk(browser, portal, "officer-2")
    page = second.page
    second.open("proposals")
    page.locator("#table-proposals tbody a").first.click()
    expect(page.locator("#proposal")).to_contain_text("该区新增多例聚集性疫情")
    page.locator("#effect").click()
    expect(page.locator("[data-changed]")).to_have_attribute("data-changed", str(len(TRAVELLED)))
    second.seen("proposals")
    page.locator("#approve").click()
    second.seen("approve")
    page.locator("#do").click()
    expect(page.locator("#proposal")).to_have_attribute("data-state", "approved")
    for index in TRAVELLED:
        colored(citizen(portal.region, index), "yellow")
    second.open("areas")
    expect(page.locator("[data-area='420000'].level-high")).to_be_visible()
    second.seen("areas")
    second.context.close()


def test_a_persons_page_is_opened_for_a_purpose(portal: Portal, browser: Browser) -> None:
    desk = Desk(browser, portal, "officer-1")
    page = desk.page
    desk.open("person")
    page.locator("#open").click()
    expect(page.locator("#opening")).to_contain_text("请至少写 4 个字")
    page.locator("[name=purpose]").fill("电话咨询：为何红码")
    page.locator("[name=id-number]").fill(id_number(0))
    desk.seen("person-door")
    page.locator("#open").click()
    expect(page.locator("#finding")).to_have_attribute("data-color", "red")
    expect(page.locator("#why")).to_contain_text("重点人员名单")
    expect(page.locator("#table-past tbody tr")).not_to_have_count(0)
    desk.seen("person")
    seen = citizen(portal.region, 0).get("/v1/me/openings").json()["items"]
    assert [(each["authority"], each["purpose"]) for each in seen] == [(OFFICE, "电话咨询：为何红码")]
    desk.context.close()


def test_a_correction_is_answered(portal: Portal, browser: Browser) -> None:
    person = citizen(portal.region, 1)
    (fact,) = {fact["id"] for rule in person.get("/v1/me/finding").json()["rules"] for fact in rule["facts"]}
    contested = {"fact": fact, "category": "not_me", "statement": "我没有接触过确诊病例"}
    asked = person.post("/v1/corrections", json=contested)
    assert asked.is_success, asked.text
    desk = Desk(browser, portal, "officer-1")
    page = desk.page
    desk.open("corrections")
    page.locator("#table-corrections tbody a").first.click()
    expect(page.locator("#correction")).to_contain_text("不是本人")
    desk.seen("corrections")
    page.locator("#uphold").click()
    expect(page.locator("dialog")).to_contain_text("立即撤回")
    page.locator("dialog [name=why]").fill("经核对，名单所指并非本人，现予更正。")
    page.locator("#do").click()
    expect(page.locator("#correction")).to_have_attribute("data-outcome", "upheld")
    colored(person, "green")
    desk.context.close()


def test_policies_are_read_compared_tried_and_proposed(portal: Portal, browser: Browser) -> None:
    desk = Desk(browser, portal, "officer-1")
    page = desk.page
    desk.open("policies")
    page.locator("#table-policies tbody a").first.click()
    expect(page.locator("#table-rules tbody tr")).to_have_count(8)
    expect(page.locator("#table-rules")).to_contain_text("连续 14 天正常打卡")
    page.locator("#draft").click()
    text = page.locator("[name=pack]").input_value()
    page.locator("[name=pack]").fill(text.replace("policy:", "polizy:"))
    page.locator("#check").click()
    expect(page.locator("#drafting .fault").first).to_contain_text("行：")
    page.locator("[name=pack]").fill(next_version(text))
    page.locator("#try-draft").click()
    expect(page.locator("#drafting [data-changed]")).to_be_visible()
    page.locator("#compare").click()
    expect(page.locator("#differences [role=status] p")).to_be_visible()
    desk.seen("policies")
    page.locator("#propose-draft").click()
    page.locator("dialog [name=why]").fill("隔离时间按新方案缩短")
    page.locator("#do").click()
    expect(page.locator("#proposed")).to_be_visible()
    desk.context.close()


def next_version(text: str) -> str:
    """The pack as the next version, from tomorrow on, with one hold cut in half."""
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")
    version = re.search(r"^version: '?([^'\n]+)'?$", text, re.MULTILINE)
    assert version is not None
    text = re.sub(r"^version: .*$", f"version: '2030-01-01'\nreplaces: '{version[1]}'", text, flags=re.MULTILINE)
    text = re.sub(r"^effective: .*$", f"effective: '{tomorrow}'", text, flags=re.MULTILINE)
    return text.replace("days: 14", "days: 7", 1)


def test_keys_regions_and_what_operators_see(portal: Portal, browser: Browser) -> None:
    desk = Desk(browser, portal, "officer-1")
    page = desk.page
    desk.open("keys")
    expect(page.locator("#table-keys tbody tr")).to_have_count(2)
    page.locator("#rotate").click()
    page.locator("dialog [name=why]").fill("按年度计划更换")
    page.locator("#do").click()
    expect(page.locator("#table-changes tbody tr")).to_have_count(1)
    desk.seen("keys")
    desk.open("regions")
    expect(page.locator("#table-regions tbody tr")).to_have_count(2)
    desk.seen("regions")
    desk.context.close()
    operator = Desk(browser, portal, "operator")
    expect(operator.page.locator("#table-offsets tbody tr").first).to_be_visible()
    operator.seen("operations")
    operator.context.close()


def list_file(path: Path) -> Path:
    """Two lines that are right, one of a wrong document, and one of an unknown category."""
    since = (datetime.now(UTC) - timedelta(days=1)).isoformat(timespec="seconds")
    lines = [
        "id_type,id_number,category,valid_from,valid_until,evidence",
        f"resident_id,{id_number(PEOPLE - 1)},close_contact,{since},,导入的条目",
        f"resident_id,11010519491231002Y,close_contact,{since},,导入的条目",
        f'resident_id,{id_number(PEOPLE - 2)},close_contact,{since},,"导入的条目,第二条"',
        f"resident_id,{id_number(PEOPLE - 3)},neighbour,{since},,导入的条目",
    ]
    path.write_text("\r\n".join(lines) + "\r\n", "utf-8")
    return path


def test_who_is_no_officer_is_told_so(portal: Portal, browser: Browser) -> None:
    visit = Visit(browser, portal)
    visit.sign_in("console", "citizen-1")
    expect(visit.page.locator("main")).to_contain_text(re.compile("请以工作人员身份登录"))
    visit.seen("console-door")
    visit.context.close()
