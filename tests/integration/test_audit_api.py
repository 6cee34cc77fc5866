"""The audit's intake over HTTP, on PostgreSQL."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from itertools import count
from typing import Any

import httpx
import pytest

from chassis.http.app import create_app
from chassis.postgres.pool import Connection, Pool
from chassis.settings import ChassisSettings
from demo.identity import DemoIdentity
from healthcode.pseudonym import subject_of
from healthcode.values import IdType
from services.audit.api import area, bulk, intake, listing, proposal, storm, test
from services.audit.api.intake import Desk
from services.audit.ports.entry import Listing, Test
from services.audit.ports.schedule import Storm
from services.audit.store.entry import AREAS, LISTINGS, TESTS, PostgresAreaStore, PostgresEntryStore
from services.audit.store.proposal import PostgresProposalStore
from services.audit.store.schedule import PostgresScheduleStore
from tests.support.people import id_number
from tests.support.schema import delivery_pool, tables_of
from tests.twins.audit_behaviour import NOW

pytestmark = pytest.mark.embedded

REGION = "330000"
KEY = bytes(32)


class FixedClock:
    def now(self) -> datetime:
        return NOW


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await delivery_pool(database_url, "audit", tables_of("audit"))
    yield pool
    await pool.close()


@pytest.fixture
async def client(pool: Pool) -> AsyncIterator[httpx.AsyncClient]:
    numbers = count()

    @asynccontextmanager
    async def begin() -> AsyncIterator[Connection]:
        async with pool.acquire() as connection, connection.transaction():
            yield connection

    def listings(connection: Connection) -> PostgresEntryStore[Listing]:
        return PostgresEntryStore(connection, LISTINGS, REGION, NOW)

    def tests(connection: Connection) -> PostgresEntryStore[Test]:
        return PostgresEntryStore(connection, TESTS, REGION, NOW)

    def areas(connection: Connection) -> PostgresAreaStore:
        return PostgresAreaStore(connection, AREAS, REGION, NOW)

    async def storms(connection: Connection, before: int | None, limit: int) -> list[Storm]:
        return await PostgresScheduleStore(connection, REGION).storms(before, limit)

    desk = Desk(FixedClock(), lambda: f"id{next(numbers):04}", partial(subject_of, KEY), begin)
    settings = ChassisSettings(region=REGION, kafka_bootstrap="-", database_url="postgresql://-")
    app = create_app(
        title="audit",
        version="0",
        settings=settings,
        clock=FixedClock(),
        checks=[],
        authenticator=IDENTITY.authenticator(REGION),
        bodies={f"{path}/bulk": bulk.RULE for path in (listing.PATH, test.PATH, area.PATH)},
    )
    for router in (
        storm.router(desk, storms),
        listing.router(desk, listing.kind(listings)),
        test.router(desk, test.kind(tests)),
        area.router(desk, area.kind(areas), PostgresProposalStore),
        proposal.router(desk, PostgresProposalStore, area.applies_over(areas)),
    ):
        app.include_router(router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://audit") as client:
        yield client


IDENTITY = DemoIdentity()


def officer(
    authority: str | None = "cdc-330100", *roles: str, region: str = REGION, person: str = "p1", **headers: str
) -> dict[str, str]:
    token = IDENTITY.token("o1", roles=list(roles or ("officer",)), authority=authority, region=region, person=person)
    return {"authorization": f"Bearer {token}", **{name.replace("_", "-"): value for name, value in headers.items()}}


def entry(index: int = 1, **changes: object) -> dict[str, object]:
    return {
        "person": {"id_type": "resident_id", "id_number": id_number(index)},
        "category": "close_contact",
        "evidence": "case 17",
        "valid_from": "2020-02-10T00:00:00+08:00",
        "valid_until": "2020-02-24T00:00:00+08:00",
        **changes,
    }


def level(**changes: object) -> dict[str, object]:
    return {
        "area": "330106",
        "level": "high",
        "evidence": "notice 3",
        "valid_from": "2020-02-11T00:00:00+08:00",
        "why": "decided by the headquarters on 11 February",
        **changes,
    }


def faults(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(error["code"], error["pointer"]) for error in answer.json()["errors"]]


async def test_an_entry_is_made_read_changed_and_withdrawn(client: httpx.AsyncClient, pool: Pool) -> None:
    made = await client.post(listing.PATH, json=entry(), headers=officer())
    assert made.status_code == 201
    subject = subject_of(KEY, IdType.RESIDENT_ID, id_number(1))
    assert (made.json()["subject"], made.json()["source"], made.json()["revision"]) == (subject, "cdc-330100", 1)
    path = f"{listing.PATH}/{made.json()['entry']}"
    changed = await client.put(path, json=entry(valid_until=None), headers=officer())
    assert (changed.status_code, changed.json()["revision"], changed.json()["valid_until"]) == (200, 2, None)
    withdrawn = await client.post(f"{path}/withdrawal", headers=officer())
    assert (withdrawn.json()["revision"], withdrawn.json()["withdrawn"]) == (3, True)
    assert (await client.get(path, headers=officer())).json() == withdrawn.json()
    assert (await client.get(path, headers=officer("cdc-330200"))).status_code == 404
    assert (await client.get(listing.PATH, headers=officer())).json() == {"entries": [withdrawn.json()], "next": None}
    assert await pool.fetchval("SELECT count(*) FROM outbox") == 3


async def test_no_number_is_stored(client: httpx.AsyncClient, pool: Pool) -> None:
    await client.post(listing.PATH, json=entry(), headers=officer(idempotency_key="k"))
    for table in ("listing", "outbox", "idempotency"):
        rows = await pool.fetch(f"SELECT t::text AS row, t.* FROM {table} t")  # noqa: S608 - names of ours
        assert rows
        assert all(id_number(1) not in str(dict(row)) for row in rows)


@pytest.mark.parametrize(
    ("changes", "status", "expected"),
    [
        ({"category": "spy"}, 422, [("enum", "#/category")]),
        ({"evidence": " "}, 422, [("string_too_short", "#/evidence")]),
        ({"evidence": "case\x0017"}, 422, [("control_character", "#/evidence")]),
        ({"source": "cdc-330200"}, 422, [("other_authority", "#/source")]),
        ({"valid_until": "2020-02-01T00:00:00+08:00"}, 422, [("backwards", "#/valid_until")]),
        ({"valid_from": "2020-02-10T00:00:00"}, 422, [("timezone_aware", "#/valid_from")]),
        ({"valid_from": "1020-02-10T00:00:00Z"}, 422, [("impossible_time", "#/valid_from")]),
        (
            {"person": {"id_type": "resident_id", "id_number": "110105194912310021"}},
            422,
            [("id_check_digit", "#/person/id_number")],
        ),
        ({"colour": "red"}, 422, [("extra_forbidden", "#/colour")]),
    ],
)
async def test_what_is_wrong_is_told_by_its_place(
    client: httpx.AsyncClient, changes: dict[str, Any], status: int, expected: list[tuple[str, str]]
) -> None:
    answer = await client.post(listing.PATH, json=entry(**changes), headers=officer())
    assert (answer.status_code, faults(answer)) == (status, expected)


async def test_what_overlaps_is_a_conflict_in_both_languages(client: httpx.AsyncClient) -> None:
    await client.post(listing.PATH, json=entry(), headers=officer())
    again = await client.post(listing.PATH, json=entry(), headers=officer(accept_language="zh"))
    assert (again.status_code, faults(again)) == (409, [("overlap", "#/valid_from")])
    assert again.json()["errors"][0]["detail"] == "同一时间段已有相同事项的记录。"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        (officer("lab", "laboratory"), 403),
        (officer("x", "citizen"), 403),
        (officer(None), 403),
        (officer(region="420000"), 403),
    ],
)
async def test_only_officers_of_an_authority_here_enter(
    client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    assert (await client.post(listing.PATH, json=entry(), headers=headers)).status_code == status


async def test_the_same_request_again_has_one_effect(client: httpx.AsyncClient, pool: Pool) -> None:
    first = await client.post(listing.PATH, json=entry(), headers=officer(idempotency_key="k1"))
    again = await client.post(listing.PATH, json=entry(), headers=officer(idempotency_key="k1"))
    assert (again.status_code, again.json()) == (201, first.json())
    other = await client.post(listing.PATH, json=entry(2), headers=officer(idempotency_key="k1"))
    assert other.status_code == 422
    assert await pool.fetchval("SELECT count(*) FROM listing") == 1


async def test_a_refused_request_may_be_corrected_under_its_key(client: httpx.AsyncClient) -> None:
    headers = officer(idempotency_key="k2")
    assert (await client.post(listing.PATH, json=entry(valid_until="2020-01-01T00:00:00Z"), headers=headers)).is_error
    assert (await client.post(listing.PATH, json=entry(), headers=headers)).status_code == 201


async def test_good_lines_of_a_bulk_are_accepted_and_bad_ones_told(client: httpx.AsyncClient, pool: Pool) -> None:
    lines = [json.dumps(entry(n)) for n in range(1, 4)]
    lines[1:1] = ["", "{", json.dumps(entry(9, category="spy")), json.dumps(entry(1)), "[1]"]
    headers = officer(content_type=bulk.NDJSON)
    answer = await client.post(f"{listing.PATH}/bulk", content="\n".join(lines), headers=headers)
    assert answer.status_code == 200
    assert [accepted["line"] for accepted in answer.json()["accepted"]] == [1, 7, 8]
    assert [(each["line"], each["errors"][0]["code"]) for each in answer.json()["refused"]] == [
        (3, "dict_type"),
        (4, "enum"),
        (5, "overlap"),
        (6, "dict_type"),
    ]
    assert answer.json()["refused"][1]["errors"][0]["pointer"] == "#/category"
    assert await pool.fetchval("SELECT count(*) FROM listing") == 3


async def test_a_bulk_sent_again_under_its_key_adds_nothing(client: httpx.AsyncClient, pool: Pool) -> None:
    content = "\n".join(json.dumps(entry(n)) for n in range(2500))
    headers = officer(content_type=bulk.NDJSON, idempotency_key="b1")
    first = await client.post(f"{listing.PATH}/bulk", content=content, headers=headers)
    again = await client.post(f"{listing.PATH}/bulk", content=content, headers=headers)
    assert first.json() == again.json()
    assert len(first.json()["accepted"]) == 2500
    assert await pool.fetchval("SELECT count(*) FROM outbox") == 2500


async def test_a_preview_says_the_same_and_enters_nothing(client: httpx.AsyncClient, pool: Pool) -> None:
    lines = [json.dumps(entry(n)) for n in (1, 2, 1)]
    lines.append(json.dumps(entry(3, category="spy")))
    headers = officer(content_type=bulk.NDJSON, idempotency_key="p1")
    path = f"{listing.PATH}/bulk"
    tried = (await client.post(path, params={"preview": "true"}, content="\n".join(lines), headers=headers)).json()
    assert await pool.fetchval("SELECT (SELECT count(*) FROM listing) + (SELECT count(*) FROM outbox)") == 0
    entered = (await client.post(path, content="\n".join(lines), headers=headers)).json()
    assert (tried["preview"], entered["preview"]) == (True, False)
    assert tried["accepted"] == entered["accepted"]
    assert tried["refused"] == entered["refused"]


async def test_an_export_is_the_authority_s_own_and_whole(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "EXPORTED", 2)
    for n in range(5):
        await client.post(listing.PATH, json=entry(n), headers=officer())
    await client.post(listing.PATH, json=entry(9), headers=officer("cdc-330200"))
    answer = await client.get(f"{listing.PATH}/export", headers=officer())
    assert answer.headers["content-type"].startswith(bulk.NDJSON)
    exported = [json.loads(line) for line in answer.text.splitlines()]
    assert [each["source"] for each in exported] == ["cdc-330100"] * 5
    assert len({each["entry"] for each in exported}) == 5


async def test_tests_come_as_csv(client: httpx.AsyncClient, pool: Pool) -> None:
    content = "\r\n".join(
        [
            "id_type,id_number,kind,result,sampled_at,evidence",
            f"resident_id,{id_number(1)},pcr,negative,2020-02-11T08:00:00+08:00,sheet 1",
            f"resident_id,{id_number(2)},pcr,negative,2020-02-12T08:00:00+08:00,sheet 1",
            f"resident_id,{id_number(3)},pcr,negative,2020-02-11T08:00:00+08:00,",
            f"resident_id,{id_number(4)},pcr,negative,2020-02-11T08:00:00+08:00,sheet 1,more",
        ]
    )
    headers = officer("lab-1", "laboratory", content_type="text/csv; charset=utf-8")
    answer = (await client.post(f"{test.PATH}/bulk", content=content.encode(), headers=headers)).json()
    assert [accepted["line"] for accepted in answer["accepted"]] == [2]
    assert [(each["line"], each["errors"][0]["code"]) for each in answer["refused"]] == [
        (3, "future"),
        (4, "missing"),
        (5, "dict_type"),
    ]
    assert await pool.fetchval("SELECT source FROM test") == "lab-1"


async def approved(client: httpx.AsyncClient, proposed: str) -> None:
    answer = await client.post(f"{proposal.PATH}/{proposed}/approval", json={}, headers=officer(person="p2"))
    assert answer.status_code == 200, answer.text


async def test_a_level_starts_a_storm_that_can_be_watched(client: httpx.AsyncClient) -> None:
    made = await client.post(area.PATH, json=level(), headers=officer())
    assert made.status_code == 202
    assert (await client.get("/v1/areas/storms", headers=officer())).json()["storms"] == []
    await approved(client, made.json()["id"])
    storms = await client.get("/v1/areas/storms", headers=officer(None, "operator"))
    (only,) = storms.json()["storms"]
    assert (only["area"], only["state"], only["reference"], only["queued"]) == ("330106", "new", 2, 0)
    unknown = await client.post(area.PATH, json=level(area="999999"), headers=officer())
    assert (unknown.status_code, faults(unknown)) == (422, [("unknown_area", "#/area")])


async def test_lines_of_areas_are_proposed_together_or_not_at_all(client: httpx.AsyncClient, pool: Pool) -> None:
    plain = {name: value for name, value in level().items() if name != "why"}
    lines = [json.dumps({**plain, "area": area}) for area in ("330106", "330108", "999999")]
    headers = officer(content_type="application/x-ndjson")
    path = f"{area.PATH}/bulk?why=decided+by+the+headquarters"
    refused = (await client.post(path, content="\n".join(lines), headers=headers)).json()
    assert ([each["line"] for each in refused["refused"]], refused["proposal"]) == ([3], None)
    unsaid = await client.post(f"{area.PATH}/bulk", content="\n".join(lines[:2]), headers=headers)
    assert (unsaid.status_code, unsaid.json()["errors"][0]["parameter"]) == (422, "query:why")
    made = (await client.post(path, content="\n".join(lines[:2]), headers=headers)).json()
    assert await pool.fetchval("SELECT count(*) FROM area_level") == 0
    await approved(client, made["proposal"])
    rows = await pool.fetch("SELECT entry, area, level FROM area_level ORDER BY area")
    assert [(row["area"], row["level"]) for row in rows] == [("330106", "high"), ("330108", "high")]
    body = {"why": "the headquarters took it back"}
    back = await client.post(f"{area.PATH}/{rows[0]['entry']}/withdrawal", json=body, headers=officer())
    await approved(client, back.json()["id"])
    changed = await client.put(
        f"{area.PATH}/{rows[1]['entry']}", json=level(area="330108", level="medium"), headers=officer()
    )
    await approved(client, changed.json()["id"])
    rows = await pool.fetch("SELECT DISTINCT ON (entry) * FROM area_level ORDER BY entry, revision DESC")
    assert {(row["area"], row["level"], row["withdrawn"]) for row in rows} == {
        ("330106", "high", True),
        ("330108", "medium", False),
    }


async def test_pages_go_on_to_the_end(client: httpx.AsyncClient) -> None:
    for n in range(5):
        await client.post(listing.PATH, json=entry(n), headers=officer())
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(listing.PATH, params=query, headers=officer())).json()
        seen += [each["entry"] for each in page["entries"]]
        if (cursor := page["next"]) is None:
            break
    assert len(seen) == len(set(seen)) == 5
