"""Counts, alarms and the event stream over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from chassis.http.app import Application, create_app
from chassis.settings import ChassisSettings
from demo.identity import DemoIdentity
from healthcode.values import AlarmKind, Color
from services.oversight.api import Deps, routers
from services.oversight.api.feed import Feed
from services.oversight.api.texts import span, text
from tests.twins.oversight import BooksTwin, TwinWorld
from tests.twins.oversight_behaviour import Desk
from tests.twins.oversight_events import HOUR, NOW, changed, listing

REGION = "330000"
PATH = "/v1/oversight"


class Clock:
    """Stands where it is put."""

    time = NOW + HOUR

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def books() -> BooksTwin:
    return BooksTwin()


@pytest.fixture
def desk(books: BooksTwin) -> Desk:
    return Desk(TwinWorld(books))


@pytest.fixture
def feed(books: BooksTwin) -> Feed:
    return Feed(books, Clock())


@pytest.fixture(scope="module")
def identity() -> DemoIdentity:
    return DemoIdentity()


@pytest.fixture
def app(books: BooksTwin, feed: Feed, identity: DemoIdentity) -> Application:
    zone, lateness = ZoneInfo("Asia/Shanghai"), timedelta(minutes=30)
    deps = Deps(clock=Clock(), views=books, feed=feed, zone=zone, lateness=lateness)
    settings = ChassisSettings(region=REGION, kafka_bootstrap="b:1", database_url="postgresql://x/y")
    made = create_app(
        title="oversight", version="1", settings=settings, clock=Clock(), checks=[],
        authenticator=identity.authenticator(REGION),
    )  # fmt: skip
    for router in routers(deps):
        made.include_router(router)
    return made


def client_of(app: Application, identity: DemoIdentity, role: str, region: str = REGION) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {identity.token('o-1', roles=[role], region=region)}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", headers=headers)


@pytest.fixture
async def officer(app: Application, identity: DemoIdentity) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, identity, "oversight") as client:
        yield client


async def pages(client: httpx.AsyncClient, path: str, **query: Any) -> list[dict[str, Any]]:
    """Everything, page by page."""
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        answer = await client.get(path, params=query | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        cursor = answer.json()["next"]
        if cursor is None:
            return items


async def test_counts_by_rule_and_color(officer: httpx.AsyncClient, desk: Desk) -> None:
    await desk.take(changed(Color.PENDING, Color.GREEN, hits=()), *(changed(Color.GREEN, Color.RED) for _ in range(2)))
    ((row),) = await pages(officer, f"{PATH}/counts", by=["rule", "color"])
    assert (row["value"], row["color"], row["area"], row["count"]) == ("listed", "red", None, 2)
    assert (row["since"], row["until"]) == ("2020-02-11T04:00:00Z", "2020-02-11T05:00:00Z")
    assert not row["final"]
    total = await officer.get(f"{PATH}/counts", params={"window": "1d", "area": "330100"})
    assert [item["count"] for item in total.json()["items"]] == [3]
    assert total.json()["items"][0]["since"] == "2020-02-10T16:00:00Z"  # the region's own midnight
    assert total.json()["as_of"] == "2020-02-11T04:00:00Z"


async def test_counts_are_paged_without_a_gap(officer: httpx.AsyncClient, desk: Desk) -> None:
    await desk.take(*(changed(Color.PENDING, Color.RED, NOW - n * HOUR / 4) for n in reversed(range(40))))
    whole = await pages(officer, f"{PATH}/counts", window="5m", by="color")
    assert sum(row["count"] for row in whole) == 40
    assert await pages(officer, f"{PATH}/counts", window="5m", by="color", limit=7) == whole


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("by=rule&by=cause", "one_dimension"),
        ("by=subject", "literal_error"),
        ("cursor=x", "invalid_cursor"),
        ("cursor=bnVsbA", "invalid_cursor"),
        ("cursor=%C3%B6", "invalid_cursor"),
        ("until=0001-01-01T00:00:00Z", "impossible_time"),
        ("since=0001-01-01T00:00:00%2B14:00", "impossible_time"),
        ("since=2020-02-12T00:00:00Z&until=2020-02-11T00:00:00Z", "not_before"),
        ("since=2010-02-12T00:00:00Z", "too_wide"),
        ("since=2020-02-12T00:00:00", "timezone_aware"),
        ("limit=0", "greater_than_equal"),
    ],
)
async def test_a_wrong_query_is_told_what_is_wrong(officer: httpx.AsyncClient, query: str, code: str) -> None:
    answer = await officer.get(f"{PATH}/counts?{query}", headers={"accept-language": "zh"})
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["code"] == code
    assert error["detail"]


async def test_alarms_open_and_all_with_texts(officer: httpx.AsyncClient, desk: Desk) -> None:
    await desk.take(changed(Color.RED, Color.GREEN, cause="decision"))
    (alarm,) = await pages(officer, f"{PATH}/alarms")
    assert alarm["kind"] == "by_hand"
    assert alarm["title"] == {"zh": "人工决定 · 未解除", "en": "decisions by hand · open"}
    assert alarm["text"]["en"].startswith("Within 1 day, 1 colors were decided by hand.")
    await desk.look(NOW + 72 * HOUR)
    assert await pages(officer, f"{PATH}/alarms") == []
    (alarm,) = await pages(officer, f"{PATH}/alarms", state="all")
    assert (alarm["state"], alarm["revision"]) == ("cleared", 2)


async def test_people_now_and_by_the_color_before(officer: httpx.AsyncClient, desk: Desk) -> None:
    await desk.take(changed(Color.PENDING, Color.GREEN, version=1), changed(Color.GREEN, Color.RED))
    answer = (await officer.get(f"{PATH}/people")).json()
    assert answer["items"] == [{"area": "330100", "color": "red", "people": 1}]
    assert answer["as_of"] is not None
    moves = await pages(officer, f"{PATH}/counts", by=["previous", "color"], since=(NOW - HOUR).isoformat())
    assert [(each["value"], each["color"], each["count"]) for each in moves] == [("", "green", 1), ("green", "red", 1)]


async def test_alarms_are_paged(officer: httpx.AsyncClient, desk: Desk) -> None:
    for n in range(5):
        at = NOW + n * 72 * HOUR
        await desk.take(changed(Color.RED, Color.GREEN, at, cause="decision"), now=at)
        await desk.look(at + 71 * HOUR)
    whole = await pages(officer, f"{PATH}/alarms", state="all")
    assert len({alarm["alarm"] for alarm in whole}) == 5
    assert [alarm["opened_at"] for alarm in whole] == sorted((alarm["opened_at"] for alarm in whole), reverse=True)
    assert await pages(officer, f"{PATH}/alarms", state="all", limit=2) == whole


@pytest.mark.parametrize("path", ["counts", "alarms", "stream"])
async def test_only_overseers_and_officers_of_the_region_may_look(
    app: Application, identity: DemoIdentity, path: str
) -> None:
    for role, region in (("citizen", REGION), ("integrator", REGION), ("oversight", "420000")):
        async with client_of(app, identity, role, region) as client:
            assert (await client.get(f"{PATH}/{path}")).status_code == 403
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as anyone:
        assert (await anyone.get(f"{PATH}/{path}")).status_code == 401


async def messages(feed: Feed, number: int, after: int | None = None) -> list[tuple[str, Any]]:
    """So many messages of the event stream."""
    found: list[tuple[str, Any]] = []
    async with asyncio.timeout(20):
        async for message in feed.listen(after, 2**40):
            lines = dict(line.split(": ", 1) for line in message.decode().strip().splitlines())
            found.append((lines["event"], json.loads(lines["data"]) | {"id": lines.get("id")}))
            if len(found) == number:
                break
    return found


async def test_a_listener_hears_what_is_open_then_what_changes(feed: Feed, desk: Desk) -> None:
    await desk.take(changed(Color.RED, Color.GREEN, cause="decision"))
    (opened, alarm), (_, counts) = await messages(feed, 2)
    assert (opened, alarm["state"], counts["items"]) == (
        "alarm", "open", [{"rule": "listed", "color": "green", "count": 1}],
    )  # fmt: skip
    await desk.look(NOW + 72 * HOUR)
    ((_, cleared),) = await messages(feed, 1, after=int(alarm["id"]))
    assert (cleared["alarm"], cleared["state"]) == (alarm["alarm"], "cleared")
    ((kind, _),) = await messages(feed, 1)  # who comes now hears of no alarm that is over
    assert kind == "counts"


async def test_the_stream_ends_with_the_process_and_with_the_token(feed: Feed) -> None:
    assert [message async for message in feed.listen(None, 0)] == []
    stop = asyncio.Event()
    running = asyncio.create_task(feed.run(stop))

    async def listen() -> list[bytes]:
        return [message async for message in feed.listen(None, 2**40)]

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0)
    stop.set()
    async with asyncio.timeout(20):
        await running
        await listening


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (300, "5分钟", "5 minutes"),
        (3600, "1小时", "1 hour"),
        (5400, "1.5小时", "1.5 hours"),
        (86400 * 3, "3天", "3 days"),
    ],
)
def test_a_span_in_words(seconds: float, zh: str, en: str) -> None:
    assert (span(seconds, "zh"), span(seconds, "en")) == (zh, en)


async def test_every_kind_of_alarm_has_its_text(desk: Desk, books: BooksTwin) -> None:
    """Each names its numbers and its rule or source, in both languages."""
    for n in range(5):
        await desk.take(listing(NOW + n * HOUR), now=NOW + n * HOUR)
    await desk.look(NOW + 40 * HOUR)
    await desk.take(*(changed(Color.GREEN, Color.RED, NOW + 40 * HOUR) for _ in range(10)))
    for event in books.published:
        for words in (text(event, "zh"), text(event, "en")):
            assert (event.rule or event.source or "") in words
            assert "{" not in words
    kinds = {event.kind for event in books.published}
    assert kinds == {AlarmKind.SILENT_SOURCE, AlarmKind.BULK_RECOLORING}


def test_the_document_has_examples(app: Application) -> None:
    document = app.openapi()
    assert {path for path in document["paths"] if path.startswith(PATH)} == {
        f"{PATH}/counts", f"{PATH}/people", f"{PATH}/alarms", f"{PATH}/stream",
    }  # fmt: skip
    assert "example" in document["paths"][f"{PATH}/stream"]["get"]["responses"]["200"]["content"]["text/event-stream"]
    assert document["components"]["schemas"]["AlarmOut"]["properties"]["text"]["examples"]
