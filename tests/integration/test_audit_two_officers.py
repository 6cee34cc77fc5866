"""What takes two officers, over HTTP and on PostgreSQL: decisions by hand, and the proposals behind them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import httpx
import pytest

from chassis.http.app import create_app
from chassis.outbox import decode_headers
from chassis.postgres.pool import Connection, Pool
from chassis.settings import ChassisSettings
from demo.identity import DemoIdentity
from healthcode.envelope import decode
from healthcode.events import DecisionRecorded
from healthcode.pseudonym import subject_of
from healthcode.values import Color, IdType
from services.audit.api import decision, proposal
from services.audit.api.intake import Desk
from services.audit.ports.entry import Decision
from services.audit.store.entry import DECISIONS, PostgresEntryStore
from services.audit.store.proposal import PostgresProposalStore
from tests.support.people import id_number
from tests.support.schema import delivery_pool, tables_of
from tests.twins.audit_behaviour import NOW

pytestmark = pytest.mark.embedded

REGION = "330000"
KEY = bytes(32)
IDENTITY = DemoIdentity()
RULES = frozenset({"ZJ-R1"})
REASONS = frozenset({"by_hand"})
WHY = "a hospital reported the wrong person; see case 17"


async def rules(_: Connection) -> frozenset[str]:
    return RULES


class MovableClock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await delivery_pool(database_url, "audit", tables_of("audit"))
    yield pool
    await pool.close()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def client(pool: Pool, clock: MovableClock) -> AsyncIterator[httpx.AsyncClient]:
    numbers = count()

    @asynccontextmanager
    async def begin() -> AsyncIterator[Connection]:
        async with pool.acquire() as connection, connection.transaction():
            yield connection

    def decisions(connection: Connection) -> PostgresEntryStore[Decision]:
        return PostgresEntryStore(connection, DECISIONS, REGION, clock.now())

    desk = Desk(clock, lambda: f"id{next(numbers):04}", partial(subject_of, KEY), begin)
    app = create_app(
        title="audit",
        version="0",
        settings=ChassisSettings(region=REGION, kafka_bootstrap="-", database_url="postgresql://-"),
        clock=clock,
        checks=[],
        authenticator=IDENTITY.authenticator(REGION),
    )
    app.include_router(decision.router(desk, PostgresProposalStore, decisions, rules, REASONS))
    app.include_router(proposal.router(desk, PostgresProposalStore, decision.applies_over(decisions, rules, REASONS)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://audit") as client:
        yield client


def officer(sub: str, person: str | None, authority: str = "cdc-330100", key: str | None = None) -> dict[str, str]:
    token = IDENTITY.token(sub, roles=["officer"], authority=authority, region=REGION, person=person)
    return {"authorization": f"Bearer {token}", **({"idempotency-key": key} if key else {})}


WANG, LI = officer("wang", "p-1"), officer("li", "p-2")


def wanted(**changes: object) -> dict[str, Any]:
    return {
        "person": {"id_type": "resident_id", "id_number": id_number(1)},
        "color": "red",
        "reason": "by_hand",
        "evidence": "case 17",
        "valid_from": NOW.isoformat(),
        "valid_until": (NOW + timedelta(days=14)).isoformat(),
        "why": WHY,
        **changes,
    }


async def published(pool: Pool) -> list[DecisionRecorded]:
    rows = await pool.fetch("SELECT headers, value, key FROM outbox ORDER BY id")
    events = [decode(decode_headers(row["headers"]), row["value"], row["key"]) for row in rows]
    return [event for event in events if isinstance(event, DecisionRecorded)]


async def proposed(client: httpx.AsyncClient, **changes: object) -> str:
    answer = await client.post(decision.PATH, json=wanted(**changes), headers=WANG)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def test_a_decision_counts_once_another_person_has_approved_it(client: httpx.AsyncClient, pool: Pool) -> None:
    found = await proposed(client)
    assert await published(pool) == []
    approved = await client.post(f"{proposal.PATH}/{found}/approval", json={"note": "checked"}, headers=LI)
    assert (approved.status_code, approved.json()["state"], approved.json()["outcome"]) == (200, "approved", found)
    (event,) = await published(pool)
    assert (event.color, event.exempts, event.revision) == (Color.RED, (), 1)
    assert event.subject == subject_of(KEY, IdType.RESIDENT_ID, id_number(1))
    again = await client.post(f"{proposal.PATH}/{found}/approval", json={}, headers=LI)
    assert (again.status_code, again.json()["type"].rpartition(":")[2]) == (409, "proposal-not-open")
    (listed,) = (await client.get(decision.PATH, headers=WANG)).json()["entries"]
    assert (listed["entry"], listed["color"]) == (found, "red")
    stored = bytes(await pool.fetchval("SELECT body FROM proposal"))
    assert id_number(1).encode() not in stored, "the number is not kept"


async def test_two_accounts_of_one_person_are_one_person(client: httpx.AsyncClient, pool: Pool) -> None:
    found = await proposed(client)
    for same in (WANG, officer("wang-again", "p-1")):
        refused = await client.post(f"{proposal.PATH}/{found}/approval", json={}, headers=same)
        assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (403, "same-person")
    nobody = await client.post(f"{proposal.PATH}/{found}/approval", json={}, headers=officer("x", None))
    assert (nobody.status_code, nobody.json()["type"].rpartition(":")[2]) == (403, "officer-unverified")
    other = await client.post(f"{proposal.PATH}/{found}/approval", json={}, headers=officer("z", "p-9", "cdc-330200"))
    assert other.status_code == 404
    assert await published(pool) == []


async def test_a_proposal_is_taken_back_turned_down_or_forgotten(
    client: httpx.AsyncClient, pool: Pool, clock: MovableClock
) -> None:
    back = await proposed(client)
    assert (await client.post(f"{proposal.PATH}/{back}/rejection", json={"why": WHY}, headers=WANG)).status_code == 200
    down = await proposed(client)
    assert (await client.post(f"{proposal.PATH}/{down}/rejection", json={"why": WHY}, headers=LI)).status_code == 200
    late = await proposed(client)
    clock.at += timedelta(hours=72)
    refused = await client.post(f"{proposal.PATH}/{late}/approval", json={}, headers=LI)
    assert refused.status_code == 409
    page = (await client.get(proposal.PATH, params={"limit": 2}, headers=WANG)).json()
    rest = (await client.get(proposal.PATH, params={"cursor": page["next"]}, headers=WANG)).json()
    states = {each["id"]: each["state"] for each in page["proposals"] + rest["proposals"]}
    assert states == {back: "rejected", down: "rejected", late: "expired"}
    assert await published(pool) == []


async def test_taking_a_decision_back_takes_two_as_well(client: httpx.AsyncClient, pool: Pool) -> None:
    found = await proposed(client, color=None, exempts=["ZJ-R1"])
    await client.post(f"{proposal.PATH}/{found}/approval", json={}, headers=LI)
    back = await client.post(f"{decision.PATH}/{found}/withdrawal", json={"why": WHY}, headers=LI)
    assert back.status_code == 202
    path = f"{proposal.PATH}/{back.json()['id']}/approval"
    assert (await client.post(path, json={}, headers=LI)).status_code == 403
    assert (await client.post(path, json={}, headers=WANG)).status_code == 200
    events = await published(pool)
    assert [(event.revision, event.withdrawn, event.exempts) for event in events] == [
        (1, False, ("ZJ-R1",)),
        (2, True, ("ZJ-R1",)),
    ]
    assert (await client.post(f"{decision.PATH}/none/withdrawal", json={"why": WHY}, headers=LI)).status_code == 404


async def test_a_key_sent_again_proposes_and_approves_once(client: httpx.AsyncClient, pool: Pool) -> None:
    first = await client.post(decision.PATH, json=wanted(), headers=officer("wang", "p-1", key="k1"))
    again = await client.post(decision.PATH, json=wanted(), headers=officer("wang", "p-1", key="k1"))
    assert first.json() == again.json()
    path = f"{proposal.PATH}/{first.json()['id']}/approval"
    answers = [await client.post(path, json={}, headers=officer("li", "p-2", key="k2")) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(await published(pool)) == 1


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"color": None}, ("color_or_exempts", "#/color")),
        ({"exempts": ["ZJ-R1"]}, ("color_or_exempts", "#/color")),
        ({"color": "green"}, ("no_color_by_hand", "#/color")),
        ({"color": None, "exempts": ["NO-1"]}, ("unknown_rule", "#/exempts")),
        ({"reason": "because"}, ("unknown_reason", "#/reason")),
        ({"valid_until": (NOW + timedelta(days=93)).isoformat()}, ("decision_too_long", "#/valid_until")),
        ({"valid_until": (NOW - timedelta(days=1)).isoformat()}, ("backwards", "#/valid_until")),
        ({"valid_until": None}, ("datetime_type", "#/valid_until")),
        ({"person": None}, ("no_person", "#/person")),
        ({"subject": "a" * 26}, ("no_person", "#/person")),
        ({"evidence": " "}, ("string_too_short", "#/evidence")),
    ],
)
async def test_what_no_decision_can_be_is_refused_and_leaves_nothing(
    client: httpx.AsyncClient, pool: Pool, changes: dict[str, object], fault: tuple[str, str]
) -> None:
    refused = await client.post(decision.PATH, json=wanted(**changes), headers=WANG)
    assert refused.status_code == 422, refused.text
    assert fault in [(error["code"], error["pointer"]) for error in refused.json()["errors"]]
    assert await pool.fetchval("SELECT count(*) FROM proposal") == 0
