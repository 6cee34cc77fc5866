"""Sealed days on PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from chassis.postgres.pool import Pool
from healthcode.credential import anchored
from healthcode.transparency import ProofError, check_proof
from services.audit.handlers.seal import prove
from services.audit.store.review import PostgresReviewStore
from services.audit.store.seal import PostgresSeals, PostgresSealStore
from tests.support.schema import delivery_pool, in_transactions, tables_of
from tests.twins.audit_judge import declared
from tests.twins.audit_seal_behaviour import HOUR, MIDNIGHT, NOON, SEALER, TODAY, TRUST, SealBehaviour, Vault, few

__all__ = ["few"]
pytestmark = pytest.mark.embedded

REGION = "330000"
COUNT = "SELECT count(*) FROM outbox WHERE topic = 'hc.330000.seals.v1'"
RECOLOR = "UPDATE finding SET finding = (SELECT finding FROM finding WHERE subject = 's2') WHERE subject = 's1'"


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await delivery_pool(database_url, "audit", tables_of("audit"))
    yield pool
    await pool.close()


@pytest.fixture
def vault(pool: Pool) -> Vault:
    worker = in_transactions(pool, lambda connection: PostgresReviewStore(connection, REGION))
    timer = in_transactions(pool, lambda connection: PostgresSealStore(connection, REGION))
    return Vault(worker, timer, PostgresSeals(pool))


class TestPostgres(SealBehaviour):
    """The same on the real database."""

    async def test_each_seal_is_published_once(self, vault: Vault, pool: Pool) -> None:
        await vault.seal(MIDNIGHT + HOUR)
        await vault.seal(MIDNIGHT + 2 * HOUR)
        assert await pool.fetchval(COUNT) == 1

    async def test_a_finding_that_is_changed_in_secret_no_longer_fits(self, vault: Vault, pool: Pool) -> None:
        await vault.review([declared(1, "s1"), declared(2, "s2", fever=True)], NOON)
        await vault.seal(MIDNIGHT + HOUR)
        await pool.execute(RECOLOR)
        proof = await prove(vault.seals, SEALER, "s1", TODAY)
        assert proof is not None
        with pytest.raises(ProofError, match="not in the tree"):
            check_proof(proof, TRUST, anchored(SEALER.key.public_key))  # type: ignore[attr-defined]
