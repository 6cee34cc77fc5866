"""The history of findings on PostgreSQL: written by the worker's statements, read back, concluded anew."""

from collections.abc import AsyncIterator

import pytest

from chassis.postgres.pool import Pool
from services.audit.handlers.history import replay
from services.audit.store.entry import AREAS, PostgresAreaStore
from services.audit.store.history import PostgresHistoryStore
from services.audit.store.review import PostgresReviewStore
from tests.support.schema import delivery_pool, in_transactions, tables_of
from tests.twins.audit_behaviour import DAY, NOW
from tests.twins.audit_history_behaviour import Archive, HistoryBehaviour
from tests.twins.audit_judge import declared, judge, listed

pytestmark = pytest.mark.embedded

REGION = "330000"


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await delivery_pool(database_url, "audit", tables_of("audit"))
    yield pool
    await pool.close()


@pytest.fixture
def archive(pool: Pool) -> Archive:
    worker = in_transactions(pool, lambda connection: PostgresReviewStore(connection, REGION))
    intake = in_transactions(pool, lambda connection: PostgresAreaStore(connection, AREAS, REGION, NOW))
    return Archive(worker, intake, PostgresHistoryStore(pool))


class TestPostgres(HistoryBehaviour):
    """The same on the real database."""

    async def test_one_changed_byte_is_reported_and_nothing_else(self, archive: Archive, pool: Pool) -> None:
        the_judge = judge()
        for day in range(6):
            people = [declared(10 * day + number, f"s{number}", fever=day % 2 == 1) for number in range(8)]
            await archive.review(the_judge, [*people, listed(day + 1, "s3")], NOW + day * DAY)
        whole = await replay(archive.history, the_judge, None)
        assert (whole.looked_at, whole.faults) == (await archive.history.count(None), [])
        await pool.execute(
            "UPDATE finding SET finding = set_byte(finding, 2, get_byte(finding, 2) + 1)"
            " WHERE subject = 's5' AND sequence = 2"
        )
        await pool.execute(
            "UPDATE finding SET facts = (SELECT facts FROM finding WHERE subject = 's6' AND sequence = 1)"
            " WHERE subject = 's6' AND sequence = 2"
        )
        found = await replay(archive.history, the_judge, None)
        assert [(each.subject, each.sequence, each.outcome) for each in found.faults] == [
            ("s5", 2, "unreadable"), ("s6", 2, "differs"),
        ]  # fmt: skip
        assert set(found.faults[1].fields) >= {"hits"}
        assert found.looked_at == whole.looked_at

    async def test_what_an_ordinary_person_costs_on_disk(self, archive: Archive, pool: Pool) -> None:
        the_judge, people = judge(), 2000
        events = [declared(number, f"{number:026}") for number in range(people)]
        await archive.review(the_judge, events, NOW)
        size = await pool.fetchval("SELECT pg_total_relation_size('finding')")
        assert size / people < 600, "the finding, its dossier and the index, in bytes"
