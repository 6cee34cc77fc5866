"""Guardianships and credentials at once, on PostgreSQL."""

import asyncio
import secrets

import pytest

from chassis.postgres.pool import Pool
from healthcode.values import Color
from services.issuer.domain import StatusPlace
from services.issuer.handlers.code import take_findings
from services.issuer.ports import Issued
from tests.integration.test_issuer_store import PostgresWorld, pool, until_waiting
from tests.twins.issuer_family_behaviour import FamilyBehaviour, take, told
from tests.twins.issuer_findings import ALICE, BOB, DAY, LIFETIME, NOW, finding

pytestmark = pytest.mark.embedded
__all__ = ["pool"]


class TestFamilyOverPostgres(FamilyBehaviour):
    @pytest.fixture
    def family_world(self, pool: Pool) -> PostgresWorld:
        return PostgresWorld(pool)


async def test_a_credential_begun_before_the_end_of_a_guardianship_is_revoked_by_it(pool: Pool) -> None:
    world = PostgresWorld(pool)
    async with world.ledgers.begin() as ledger:
        await take_findings(ledger, [finding(Color.GREEN, 1)], LIFETIME, NOW, lambda: secrets.token_hex(8))
    await take(world, told(2, NOW + DAY))
    place = StatusPlace("20200211-0", 5)
    async with world.credentials.begin() as book:
        assert await book.shown_until("g1") == NOW + DAY
        ending = asyncio.create_task(take(world, told(3, None)))
        await until_waiting(pool)
        issued = Issued(cti=bytes(16), subject=ALICE, place=place, issued_at=NOW, expires_at=NOW + DAY, guardian=BOB)
        assert await book.claim(issued)
    await ending
    standing = await world.credentials.standing(bytes(16))
    assert standing is not None
    assert standing.revoked
