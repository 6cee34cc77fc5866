"""A change is tried, made by two officers, and taken back: what was foretold is what happens, on PostgreSQL."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis.outbox import decode_headers
from healthcode.envelope import decode
from healthcode.events import DeclarationAccepted, Event, ListingRecorded, PolicyRecorded, Stay
from healthcode.values import Attestation, Category, Symptom
from services.audit.domain.policy.load import load_policy
from services.audit.handlers.review import Judge
from services.audit.store.entry import AREAS, PostgresAreaStore
from services.audit.store.policy import PostgresPolicyStore
from services.audit.store.simulation import PostgresSimulationStore
from tests.support.audit_office import HANGZHOU, WHY, ZHEJIANG, AuditOffice, hangzhou
from tests.support.reviewing import World
from tests.support.schema import delivery_pool, tables_of
from tests.twins.audit_behaviour import NOW
from tests.twins.audit_changes import LEVELS, PEOPLE, STAYS, PolicyBehaviour, SimulationBehaviour
from tests.twins.audit_judge import ids

pytestmark = pytest.mark.embedded

HOMES = ("330106", "330108", "330203", "110105")
THEN = NOW + timedelta(days=1)
SECOND = timedelta(seconds=1)
FILES = {"2020-06-15.yaml": ZHEJIANG.read_text("utf-8")}
FOUND = "approval"


def declared(subject: str, home: str, **said: Any) -> DeclarationAccepted:
    return DeclarationAccepted(
        id=f"d-{subject}",
        subject=subject,
        at=NOW,
        attestation=Attestation.SELF,
        residence=home,
        temperature=36.5,
        **said,
    )


def listed(subject: str, category: Category) -> ListingRecorded:
    return ListingRecorded(
        id=f"l-{subject}.1",
        subject=subject,
        entry=f"l-{subject}",
        revision=1,
        category=category,
        source="cdc-330100",
        evidence="case",
        valid_from=NOW - timedelta(days=2),
        recorded_at=NOW,
    )


def population() -> Iterator[Event]:
    """Somebody for whatever either policy asks, in every district; and some of whom only a list knows."""
    days = [NOW.date() - timedelta(days=days) for days in range(12)]
    stays = [(Stay(area="420106", since=day, until=day),) for day in days[1:6]]
    stays += [(Stay(country="IT", since=day, until=day),) for day in days[1:4]]
    stays += [(Stay(area="330212", since=days[3], until=days[2]),)]
    number = 0
    for home in HOMES:
        said: list[dict[str, Any]] = [{}, {"contact": True}, {"symptoms": (Symptom.FEVER,)}]
        said += [{"symptoms": (Symptom.FATIGUE,)}, *({"stays": each} for each in stays)]
        for each in said:
            number += 1
            yield declared(f"p{number:03}", home, **each)
        for category in Category:
            number += 1
            if number % 3:
                yield declared(f"p{number:03}", home)
            yield listed(f"p{number:03}", category)


class TestSimulations(SimulationBehaviour):
    @pytest.fixture
    async def trials(self, database_url: str) -> AsyncIterator[PostgresSimulationStore]:
        pool = await delivery_pool(database_url, "audit", tables_of("audit"))
        await pool.executemany("INSERT INTO dossier (subject) VALUES ($1)", [(each,) for each in PEOPLE])
        await pool.executemany("INSERT INTO stay (area, subject) VALUES ($1, $2)", STAYS)
        async with pool.acquire() as connection, connection.transaction():
            await PostgresAreaStore(connection, AREAS, "330000", NOW).add(LEVELS)
            yield PostgresSimulationStore(connection)
        await pool.close()


class TestPolicies(PolicyBehaviour):
    @pytest.fixture
    async def policies(self, database_url: str) -> AsyncIterator[PostgresPolicyStore]:
        pool = await delivery_pool(database_url, "audit", tables_of("audit"))
        async with pool.acquire() as connection, connection.transaction():
            yield PostgresPolicyStore(connection, AREAS, "330000", NOW)
        await pool.close()


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    pool = await delivery_pool(database_url, "audit", tables_of("audit"))
    book = hangzhou()
    world = World(pool, Judge(book.base, book.timezone, ids))
    await world.start()
    yield world
    await pool.close()


@pytest.fixture
async def office(world: World) -> AuditOffice:
    """The population is known and judged under Hangzhou's rules, with one area of a high level."""
    office = AuditOffice(world.pool, world.clock, hangzhou())
    level = {
        "area": "420100",
        "level": "high",
        "evidence": "notice 1",
        "valid_from": (NOW - timedelta(days=9)).isoformat(),
    }
    await office.approved("/v1/areas", **level)
    await world.send(*population())
    await pass_to(world, NOW)
    return office


async def pass_to(world: World, time: datetime) -> None:
    """Time goes on to an instant, and all that is due by then is done."""
    world.clock.time = time
    while await world.settle() or await due(world) or await storming(world):
        await world.storm()
        await world.fire()


async def due(world: World) -> bool:
    return bool(await world.pool.fetchval("SELECT count(*) FROM timer WHERE due <= $1", world.clock.now()))


async def storming(world: World) -> bool:
    return bool(await world.pool.fetchval("SELECT count(*) FROM storm WHERE state <> 'done'"))


async def colors(world: World) -> dict[str, str]:
    return {row["subject"]: row["color"] for row in await world.pool.fetch("SELECT subject, color FROM dossier")}


async def tried(office: AuditOffice, **asked: Any) -> dict[str, Any]:
    """The simulation of a change, at its end."""
    found = await office.post("/v1/simulations", **asked)
    await office.tried()
    async with office.client() as client:
        return dict((await client.get(f"/v1/simulations/{found['id']}")).json())


def foretold(simulation: dict[str, Any]) -> Counter[tuple[str, str]]:
    cells = simulation["result"]["colors"]
    return Counter({(cell["before"], cell["after"]): cell["people"] for cell in cells})


def happened(before: dict[str, str], after: dict[str, str]) -> Counter[tuple[str, str]]:
    return Counter((before[subject], after[subject]) for subject in before)


async def test_what_a_policy_does_is_what_was_foretold_and_a_rollback_undoes_it(
    world: World, office: AuditOffice
) -> None:
    before_the_trial = await world.pool.fetch("SELECT * FROM dossier ORDER BY subject")
    simulation = await tried(
        office, files=FILES | {"2020-02-11.yaml": HANGZHOU.read_text("utf-8")}, at=THEN.isoformat()
    )
    assert (simulation["state"], simulation["moved"]) == ("done", False)
    assert simulation["passed"] == simulation["estimate"] == len(before_the_trial)
    assert await world.pool.fetch("SELECT * FROM dossier ORDER BY subject") == before_the_trial, "nothing was touched"
    assert not await due(world)
    assert not await storming(world)

    approved = await office.approved("/v1/policies/activations", files=FILES, effective=THEN.isoformat())
    assert (approved["state"], approved["outcome"]) == ("approved", "2020-06-15")
    await pass_to(world, THEN - SECOND)
    before = await colors(world)
    await pass_to(world, THEN)
    after = await colors(world)
    assert happened(before, after) == foretold(simulation)
    assert simulation["result"]["changed"] == sum(before[each] != after[each] for each in before) > 20
    rules = {(each["rule_before"], each["rule_after"]) for each in simulation["result"]["rules"]}
    assert ("ZJ-R3", "declared") in rules, "contact by one's own word is no rule of the province's"
    areas = simulation["result"]["areas"]
    assert {each["area"] for each in areas} == {*HOMES, None}
    assert sum(each["people"] for each in areas) == simulation["result"]["changed"]

    world.clock.time = THEN + SECOND
    await office.approved("/v1/policies/rollbacks", version="2020-02-11")
    await pass_to(world, THEN + SECOND)
    assert await colors(world) == before
    async with office.client() as client:
        shown = (await client.get("/v1/policies")).json()["policies"]
    assert [(each["version"], each["change"], each["in_force"]) for each in shown] == [
        ("2020-02-11", "file", False),
        ("2020-06-15", "activation", False),
        ("2020-02-11", "rollback", True),
    ]


async def test_what_an_area_does_is_what_was_foretold(world: World, office: AuditOffice) -> None:
    level = {"area": "330200", "level": "medium", "valid_from": (NOW - timedelta(days=4)).isoformat()}
    simulation = await tried(office, areas=[level])
    before = await colors(world)
    stayed = await world.pool.fetchval("SELECT count(DISTINCT subject) FROM stay WHERE area LIKE '3302%'")
    assert simulation["passed"] == stayed < len(before)
    await office.approved("/v1/areas", **level, evidence="notice 2")
    await pass_to(world, NOW)
    after = await colors(world)
    changed = Counter({key: people for key, people in happened(before, after).items() if key[0] != key[1]})
    assert changed == Counter({key: people for key, people in foretold(simulation).items() if key[0] != key[1]})
    assert simulation["result"]["changed"] == changed.total() > 0

    (entry,) = await world.pool.fetch("SELECT entry FROM area_level WHERE area = '330200'")
    back = await tried(office, withdrawn=[entry["entry"]])
    assert {(b, a): people for (b, a), people in foretold(back).items() if a != b} == {
        (b, a): people for (a, b), people in changed.items()
    }


async def test_a_policy_that_is_planned_can_be_cancelled_by_a_rollback(world: World, office: AuditOffice) -> None:
    before = await colors(world)
    async with office.client() as client:
        unknown = await client.post("/v1/policies/rollbacks", json={"version": "2020-06-15", "why": WHY})
        same = await client.post("/v1/policies/rollbacks", json={"version": "2020-02-11", "why": WHY})
    assert [each.json()["errors"][0]["code"] for each in (unknown, same)] == ["unknown_version", "in_force_already"]
    await office.approved("/v1/policies/activations", files=FILES, effective=THEN.isoformat())
    await office.approved("/v1/policies/rollbacks", version="2020-02-11")
    async with office.client() as client:
        shown = (await client.get("/v1/policies")).json()["policies"]
    assert [each["version"] for each in shown] == ["2020-02-11", "2020-02-11"]
    sooner = THEN - timedelta(hours=1)
    await office.approved("/v1/policies/activations", files=FILES, effective=sooner.isoformat())
    await office.approved("/v1/policies/rollbacks", version="2020-02-11")
    await pass_to(world, THEN)
    assert {each for each in (await colors(world)).items() if each not in before.items()} == set()


async def test_the_fact_on_the_topic_holds_all_that_it_takes_to_judge(world: World, office: AuditOffice) -> None:
    await office.approved("/v1/policies/activations", files=FILES, effective=THEN.isoformat())
    rows = await world.pool.fetch("SELECT headers, value, key FROM outbox WHERE topic LIKE '%reference.v1' ORDER BY id")
    events = [decode(decode_headers(row["headers"]), row["value"], row["key"]) for row in rows]
    (fact,) = [event for event in events if isinstance(event, PolicyRecorded)]
    assert (fact.version, fact.change, fact.effective, fact.source) == ("2020-06-15", "activation", THEN, "cdc-330100")
    assert load_policy(fact.pack, "fact").version == "2020-06-15"


async def test_two_officers_and_a_date_to_come(world: World, office: AuditOffice) -> None:
    found = await office.post("/v1/policies/activations", files=FILES, effective=THEN.isoformat(), why=WHY)
    path = f"/v1/proposals/{found['id']}/approval"
    async with office.client("wang") as wang, office.client("li") as li:
        same = await wang.post(path, json={})
        assert (same.status_code, same.json()["type"].rpartition(":")[2]) == (403, "same-person")
        past = {"files": FILES, "effective": (NOW - SECOND).isoformat(), "why": WHY}
        refused = await wang.post("/v1/policies/activations", json=past)
        assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (422, "bad-policy")
        (error,) = refused.json()["errors"]
        assert error["detail"].startswith("2020-06-15.yaml:12: this is in the past: write a time after 2020-02-11T04")
        world.clock.time = THEN + SECOND
        late = await li.post(path, json={})
        assert "in the past" in late.json()["errors"][0]["detail"], "the second officer came too late"
    assert await world.pool.fetchval("SELECT count(*) FROM policy_act") == 0


async def test_one_simulation_at_a_time_and_it_can_be_cancelled(world: World, office: AuditOffice) -> None:
    first = await office.post("/v1/simulations", files=FILES)
    assert await office.step()
    async with office.client("li", "operator") as client:
        second = await client.post("/v1/simulations", json={"version": "2020-02-11"})
        assert (second.status_code, second.json()["type"].rpartition(":")[2]) == (409, "simulation-running")
        assert first["id"] in second.json()["detail"]
        halfway = (await client.get(f"/v1/simulations/{first['id']}")).json()
        assert (halfway["state"], halfway["passed"]) == ("running", 7)
        ended = (await client.post(f"/v1/simulations/{first['id']}/cancellation", json={})).json()
        assert (ended["state"], ended["passed"]) == ("cancelled", 7)
        assert not await office.step()
        assert (await client.get("/v1/simulations/nothing")).status_code == 404
        past = {"2020-06-15.yaml": FILES["2020-06-15.yaml"].replace("effective: 2020-06-15", "effective: 2020-01-15")}
        refused = await client.post("/v1/simulations", json={"files": past})
        assert "this is in the past" in refused.json()["errors"][0]["detail"]
        asked = await client.post("/v1/simulations", json={"files": past, "at": THEN.isoformat()})
        assert asked.status_code == 202, "at a time to come it may be tried, as it may be activated"
        await office.tried()
        two = await client.post("/v1/simulations", json={"version": "2020-02-11", "withdrawn": ["e1"]})
        assert two.json()["errors"][0]["code"] == "one_of"
    for _ in range(22):
        await tried(office, version="2020-02-11")
    assert await world.pool.fetchval("SELECT count(*) FROM simulation") == 20


async def test_a_step_that_two_processes_do_counts_once(world: World, office: AuditOffice) -> None:
    found = await office.post("/v1/simulations", files=FILES)
    async with office._trying() as store:
        running = await store.running()
        assert running is not None
        assert await office.step()
        assert not await store.save(running, running.at_subject)
    await office.tried()
    async with office.client() as client:
        done = (await client.get(f"/v1/simulations/{found['id']}")).json()
    assert done["passed"] == await world.pool.fetchval("SELECT count(*) FROM dossier")


async def test_a_change_of_the_reference_data_meanwhile_is_told(office: AuditOffice) -> None:
    found = await office.post("/v1/simulations", files=FILES)
    await office.step()
    level = {"area": "330300", "level": "high", "evidence": "notice 2", "valid_from": NOW.isoformat()}
    await office.approved("/v1/areas", **level)
    await office.tried()
    async with office.client() as client:
        assert (await client.get(f"/v1/simulations/{found['id']}")).json()["moved"]
