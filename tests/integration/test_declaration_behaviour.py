"""What the service promises, over PostgreSQL, and what only a database can show."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

from chassis.migrate import migrate
from chassis.outbox import decode_headers
from chassis.postgres.pool import Pool, open_pool
from healthcode.envelope import decode
from healthcode.events import Event
from services.declaration.bootstrap import BLUEPRINT
from services.declaration.ports import Units
from services.declaration.store.keys import KeyStore
from services.declaration.store.unit import StoredUnits
from tests.support.person_keys import keys_beside
from tests.unit.declaration.behaviour_batches import BatchBehaviour, ndjson, send
from tests.unit.declaration.behaviour_corrections import CorrectionBehaviour
from tests.unit.declaration.behaviour_dependants import DependantBehaviour
from tests.unit.declaration.behaviour_guardians import GuardianBehaviour
from tests.unit.declaration.behaviour_statements import StatementBehaviour
from tests.unit.declaration.office import MING, REGION, Office, declaration, number, open_office, subject

pytestmark = pytest.mark.embedded


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """A pool on the service's migrated schema."""
    await migrate(database_url, "declaration", Path("chassis/migrations"), BLUEPRINT.migrations)
    pool = await open_pool(database_url, "declaration")
    yield pool
    await pool.close()


@pytest.fixture
async def keys(database_url: str) -> AsyncIterator[KeyStore]:
    """The keys of persons, in a database of their own."""
    async with keys_beside(database_url) as pool:
        yield KeyStore(pool)


@pytest.fixture
async def office(pool: Pool, keys: KeyStore) -> AsyncIterator[Office]:
    """The service over PostgreSQL."""

    async def published() -> Sequence[Event]:
        rows = await pool.fetch("SELECT headers, value, key FROM outbox ORDER BY id")
        return [decode(decode_headers(row["headers"]), row["value"], row["key"]) for row in rows]

    def units(now: Callable[[], datetime]) -> Units:
        return StoredUnits(pool, REGION, now, keys)

    opened = open_office(units, published)
    async with opened.http:
        yield opened


class TestStatements(StatementBehaviour):
    """Declarations, check-ins, trips, confirmations, receipts."""

    async def test_a_request_in_flight_is_not_run_twice(self, office: Office) -> None:
        headers = office.citizen() | {"Idempotency-Key": "race"}
        answers = await asyncio.gather(
            *(office.http.post("/v1/declarations", json=declaration(), headers=headers) for _ in range(8))
        )
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.content for answer in answers}) == 1
        assert len(await office.published()) == 1

    async def test_many_at_once_are_all_accepted_in_order_of_each_person(self, office: Office) -> None:
        async def person(serial: int) -> list[str]:
            headers = office.citizen(number(serial))
            return [await office.declared(declaration(number(serial)), headers) for _ in range(5)]

        idents = await asyncio.gather(*(person(serial % 20) for serial in range(40)))
        published = [event.id for event in await office.published()]
        assert sorted(published) == sorted(ident for each in idents for ident in each)
        for each in idents:
            assert [ident for ident in published if ident in each] == each

    async def test_nothing_private_is_stored_in_clear(self, office: Office, pool: Pool) -> None:
        await office.declared(declaration(symptoms=["cough"], temperature=38.25), office.citizen(MING, "a"))
        await office.http.post(
            "/v1/dependants",
            json={"basic": declaration(number(7))["basic"], "relation": "child", "until": "2021-01-01"},
            headers=office.citizen(MING, "a") | {"Idempotency-Key": "k"},
        )
        for table in ("person", "statement", "dependant", "idempotency"):
            rows = await pool.fetch(f"SELECT t::text AS row FROM {table} t")  # noqa: S608 - our own table names
            text = "".join(row["row"] for row in rows)
            for private in ("王小明", "王", MING, number(7), "13800000000", "文三路", "cough", "38.25"):
                assert private not in text
                assert private.encode().hex() not in text
            assert rows

    async def test_what_was_copied_before_the_destruction_does_not_open_after_it(
        self, office: Office, pool: Pool
    ) -> None:
        await office.declared(declaration(), office.citizen())
        kept = await pool.fetchval("SELECT sealed FROM person WHERE subject = $1", subject(MING))
        async with office.units.begin() as unit:
            await unit.people.destroy(subject(MING))
        rows = await pool.fetch("SELECT wrapped, sealed FROM person")
        assert [tuple(row) for row in rows] == [(None, None)]
        await office.declared(declaration(), office.citizen())
        async with office.units.begin() as unit:
            fresh = (await unit.people.sealed([subject(MING)])).get(subject(MING))
        assert fresh is not None
        with pytest.raises(ValueError, match="was changed"):
            office.desk.vault.open(subject(MING), msgspec.structs.replace(fresh, sealed=kept))


class TestBatches(BatchBehaviour):
    """Batches."""

    async def test_a_forsaken_batch_goes_on_where_it_stopped(
        self, office: Office, pool: Pool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.declaration.handlers.batch.CHUNK_LINES", 10)
        body = ndjson(*(declaration(number(serial)) for serial in range(1, 26)))
        await send(office, body)
        whole = await office.published()
        rows = await pool.fetch("SELECT id FROM statement ORDER BY line")
        # as if the process had died after the first chunk
        await pool.execute("DELETE FROM statement WHERE line > 10")
        await pool.execute("DELETE FROM outbox WHERE id > 10")
        await pool.execute("UPDATE batch SET done = 10, accepted = 10, finished = false, runner = 'dead'")
        assert (await send(office, body)).json()["code"] == "3004"
        await pool.execute("UPDATE batch SET touched_at = touched_at - interval '1 minute'")
        again = await send(office, body)
        assert again.json()["accepted"] == 25
        assert list(again.json()["receipts"].values()) == [row["id"] for row in rows]
        assert await office.published() == whole

    async def test_batches_of_the_same_people_in_opposite_order_do_not_deadlock(self, office: Office) -> None:
        lines = [declaration(number(serial)) for serial in range(1, 200)]
        answers = await asyncio.gather(
            send(office, ndjson(*lines), key="one"),
            send(office, ndjson(*reversed(lines)), key="two"),
            send(office, ndjson(*lines), key="three", sub="employer-2"),
        )
        assert [answer.json()["accepted"] for answer in answers] == [199, 199, 199]

    async def test_a_chunk_is_as_many_statements_whatever_its_lines(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        counts: list[int] = []
        execute = asyncpg.Connection._do_execute  # type: ignore[attr-defined]  # all statements but COPY pass here

        async def counted(self: Any, *arguments: Any, **named: Any) -> Any:
            counts[-1] += 1
            return await execute(self, *arguments, **named)

        monkeypatch.setattr(asyncpg.Connection, "_do_execute", counted)
        for lines in (1, 2, 400):  # at the first one asyncpg also asks for types
            counts.append(0)
            await send(office, ndjson(*(declaration(number(serial)) for serial in range(lines))), key=str(lines))
        assert 0 < counts[1] == counts[2] < 10


class TestDependants(DependantBehaviour):
    """Dependants."""


class TestGuardians(GuardianBehaviour):
    """Who may show whose code."""


class TestCorrections(CorrectionBehaviour):
    """Corrections."""
