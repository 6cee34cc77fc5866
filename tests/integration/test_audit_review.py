"""The review worker on PostgreSQL, with the broker's twin."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from chassis.http.app import create_app
from chassis.settings import ChassisSettings
from demo.identity import DemoIdentity
from healthcode.values import Color
from services.audit.api import finding
from services.audit.api.texts import Reasons
from services.audit.handlers.area import record_areas
from services.audit.handlers.listing import record_listings
from services.audit.store.entry import AREAS, LISTINGS, PostgresAreaStore, PostgresEntryStore
from services.audit.store.finding import PostgresFindingStore
from tests.support.reviewing import REGION, World
from tests.support.schema import delivery_pool, tables_of
from tests.twins.audit_behaviour import DAY, NOW, level, listing
from tests.twins.audit_judge import declared, judge

pytestmark = pytest.mark.embedded


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    pool = await delivery_pool(database_url, "audit", tables_of("audit"))
    world = World(pool, judge())
    await world.start()
    yield world
    await pool.close()


async def test_a_declaration_goes_through_to_a_finding(world: World) -> None:
    await world.send(declared(1), declared(2, "s2", fever=True))
    found = {each.subject: each for each in await world.settle()}
    assert (found["s1"].color, found["s2"].color) == (Color.GREEN, Color.YELLOW)
    assert (found["s1"].incarnation, found["s1"].sequence, found["s1"].reference) == (1, 1, 1)
    rows = await world.pool.fetch("SELECT subject, color, reference FROM dossier ORDER BY subject")
    assert [tuple(row) for row in rows] == [("s1", "green", 1), ("s2", "yellow", 1)]


async def test_a_listing_entered_and_withdrawn_changes_the_finding(world: World) -> None:
    await world.send(declared())
    await world.settle()
    for draft in (listing(), listing(revision=2, withdrawn=True)):
        async with world.pool.acquire() as connection, connection.transaction():
            await record_listings(PostgresEntryStore(connection, LISTINGS, REGION, NOW), [draft], NOW)
        (finding,) = await world.settle()
        assert finding.causes == (draft.fact,)
        assert finding.color is (Color.GREEN if draft.withdrawn else Color.RED)


async def test_a_timer_brings_the_color_back(world: World) -> None:
    await world.send(declared(fever=True))
    (yellow,) = await world.settle()
    assert yellow.next_review is not None
    await world.fire()
    assert not await world.settle()
    world.clock.time = yellow.next_review
    await world.fire()
    (green,) = await world.settle()
    assert (green.color, green.sequence, green.causes) == (Color.GREEN, 2, ())
    assert await world.pool.fetchval("SELECT count(*) FROM timer WHERE due <= $1", world.clock.time) == 0


async def test_an_area_recolors_all_who_were_there_and_the_storm_ends(world: World) -> None:
    there = [declared(n, f"s{n}", area="330106") for n in range(7)]
    elsewhere = [declared(n, f"s{n}", area="330107") for n in range(7, 9)]
    await world.send(*there, *elsewhere)
    await world.settle()
    async with world.pool.acquire() as connection, connection.transaction():
        draft = level(valid_from=NOW - 5 * DAY)
        await record_areas(PostgresAreaStore(connection, AREAS, REGION, NOW), [draft], NOW)
    await world.storm()
    found = await world.settle()
    assert sorted(each.subject for each in found) == [f"s{n}" for n in range(7)]
    assert {(each.color, each.reference) for each in found} == {(Color.YELLOW, 2)}
    await world.storm()
    assert await world.pool.fetchval("SELECT state FROM storm") == "done"


async def test_a_later_batch_goes_on_where_the_dossier_stands(world: World) -> None:
    await world.send(declared(1), declared(2))
    await world.settle()
    await world.send(declared(3))
    (third,) = await world.settle()
    assert (third.sequence, third.causes) == (2, (declared(3).id,))
    assert await world.pool.fetchval("SELECT count(*) FROM parked_record") == 0


async def test_an_officer_reads_why(world: World, tmp_path: Path) -> None:
    (tmp_path / "reasons.zh.yaml").write_text("listed: {text: 列入管控名单}\n", "utf-8")
    await world.send(declared())
    async with world.pool.acquire() as connection, connection.transaction():
        await record_listings(PostgresEntryStore(connection, LISTINGS, REGION, NOW), [listing()], NOW)
    await world.settle()
    identity = DemoIdentity()
    settings = ChassisSettings(region=REGION, kafka_bootstrap="-", database_url="postgresql://-")
    app = create_app(
        title="audit",
        version="0",
        settings=settings,
        clock=world.clock,
        checks=[],
        authenticator=identity.authenticator(REGION),
    )
    app.include_router(finding.router(PostgresFindingStore(world.pool), judge(), world.clock, Reasons.read(tmp_path)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://audit") as client:
        token = identity.token("o1", roles=["officer"], region=REGION)
        headers = {"authorization": f"Bearer {token}", "accept-language": "zh"}
        answer = (await client.get("/v1/subjects/s1/finding", headers=headers)).json()
        assert (answer["color"], answer["color_label"], answer["act_label"]) == ("red", "红码", "集中隔离")
        assert answer["published"]
        (rule,) = answer["rules"]
        assert (rule["rule"], rule["text"], rule["sources"]) == ("R1", "列入管控名单", ["cdc-330100"])
        assert rule["facts"] == [
            {
                "id": "e1.1",
                "kind": "listing",
                "what": "close_contact",
                "source": "cdc-330100",
                "evidence": "case 17",
                "at": NOW.isoformat().replace("+00:00", "Z"),
            }
        ]
        assert (await client.get("/v1/subjects/nobody/finding", headers=headers)).status_code == 404
        citizen = {"authorization": f"Bearer {identity.token('c1', roles=['citizen'], region=REGION)}"}
        assert (await client.get("/v1/subjects/s1/finding", headers=citizen)).status_code == 403
        assert timedelta(0) < datetime.fromisoformat(answer["until"]) - NOW <= 15 * DAY
