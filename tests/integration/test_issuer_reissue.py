"""A key is revoked: what it signed is made anew on PostgreSQL, whatever stops it and whatever comes between."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chassis.postgres.pool import Pool
from healthcode.credential import Es256Key, TrustEntry, TrustList, Verdict, verify
from healthcode.values import Color
from services.issuer.domain import Naming, StatusPlace
from services.issuer.handlers.code import take_findings
from services.issuer.handlers.credential import Credential, ListsFull, Signer, Wanted, issue
from services.issuer.handlers.family import ward
from services.issuer.handlers.reissue import SETTLED, Press, reissue
from services.issuer.ports.reissue import Run
from services.issuer.store.reissue import PostgresReissues
from tests.integration.test_issuer_store import REGION, PostgresWorld, pool, until_waiting
from tests.twins.issuer_family_behaviour import take, told
from tests.twins.issuer_findings import ALICE, BOB, DAY, LIFETIME, NOW, finding

pytestmark = pytest.mark.embedded
__all__ = ["pool"]

POINT = (Encoding.X962, PublicFormat.UncompressedPoint)
LATER = NOW + timedelta(minutes=5)
SECONDS = 10


@dataclass
class Office:
    """An issuer whose first key is to be revoked."""

    pool: Pool
    old: Es256Key = field(default_factory=Es256Key.generate)
    new: Es256Key = field(default_factory=Es256Key.generate)

    def __post_init__(self) -> None:
        self.world = PostgresWorld(self.pool)
        self.reissues = PostgresReissues(self.pool)
        self.press = Press(Signer(REGION, lambda _: self.new, DAY), place, lambda: secrets.token_bytes(16))

    async def color(self, color: Color, sequence: int, subject: str = ALICE) -> None:
        async with self.world.ledgers.begin() as ledger:
            told = [finding(color, sequence, subject=subject)]
            await take_findings(ledger, told, LIFETIME, NOW, lambda: secrets.token_hex(8))

    async def issue(self, wanted: Wanted, subject: str = ALICE) -> Credential:
        signer = Signer(REGION, lambda _: self.old, DAY)
        new_cti = self.press.new_cti
        return await issue(self.world.credentials, signer, place, new_cti, subject, NOW, wanted)

    async def batch(self, limit: int = 100, now: datetime = LATER) -> Run | None:
        await self.reissues.start([self.old.kid], LATER)
        async with self.reissues.begin() as book:
            return await reissue(book, self.press, self.old.kid, now, limit)

    def trust(self) -> TrustList:
        def entry(key: Es256Key, revoked_at: datetime | None) -> TrustEntry:
            return TrustEntry(
                kid=key.kid,
                public_key=key.public_key,
                region=REGION,
                not_before=NOW - DAY,
                not_after=NOW + 40 * DAY,
                revoked_at=revoked_at,
            )

        return TrustList([entry(self.old, LATER), entry(self.new, None)])


def place(now: datetime) -> StatusPlace:
    return StatusPlace(f"{now:%Y%m%d}-0", secrets.randbelow(1 << 20))


def device() -> Wanted:
    return Wanted(Es256Key.generate().public_key.public_bytes(*POINT))


@pytest.fixture
def office(pool: Pool) -> Office:
    return Office(pool)


async def test_a_device_finds_another_credential_in_the_place_of_its_own(office: Office) -> None:
    await office.color(Color.YELLOW, 1)
    before = await office.issue(device())
    run = await office.batch()
    assert run is not None
    assert (run.replaced, run.on_paper, run.voided) == (1, 0, 0)
    found = await office.reissues.replacement(before.claims.credential_id, ALICE, LATER)
    assert found is not None
    assert verify(before.text, office.trust(), LATER).verdict is Verdict.REVOKED
    after = verify(found.text, office.trust(), LATER)
    assert (after.verdict, after.claims and after.claims.status) == (Verdict.VALID, before.claims.status)
    assert after.claims is not None
    assert after.claims.holder_key == before.claims.holder_key
    assert after.claims.expires_at == before.claims.expires_at
    standing = [await office.world.credentials.standing(each) for each in (found.old, found.new)]
    assert [each and each.revoked for each in standing] == [True, False]
    assert await office.reissues.replacement(before.claims.credential_id, BOB, LATER) is None


async def test_wherever_it_is_stopped_it_goes_on_and_makes_each_once(office: Office) -> None:
    await office.color(Color.GREEN, 1)
    for _ in range(7):
        await office.issue(device())
    assert (await office.batch(3)).replaced == 3  # type: ignore[union-attr]
    with pytest.raises(LookupError):
        await killed(office)
    async with office.reissues.begin() as held:
        assert await held.run(office.old.kid) is not None
        assert await office.batch(3) is None
    assert (await office.batch(3)).replaced == 6  # type: ignore[union-attr]
    assert (await office.batch(3)).replaced == 7  # type: ignore[union-attr]
    assert await office.batch(3) is None, "the last pass waits until nobody signs with the old key any more"
    await office.issue(device())
    await office.batch(3, LATER + SETTLED)
    run = await office.batch(3, LATER + SETTLED)
    assert run is not None
    assert (run.replaced, run.ended_at) == (8, LATER + SETTLED)
    assert await office.batch(3, LATER + SETTLED) is None
    assert await office.pool.fetchval("SELECT count(*) FROM replacement") == 8
    assert await office.reissues.living(office.old.kid, LATER) == 0
    assert await office.reissues.living(office.new.kid, LATER) == 8


async def killed(office: Office) -> None:
    async with office.reissues.begin() as book:
        await reissue(book, office.press, office.old.kid, LATER, 3)
        raise LookupError


async def test_paper_and_what_is_bound_to_no_device_is_void_and_counted(office: Office) -> None:
    await office.color(Color.GREEN, 1)
    await office.issue(Wanted(paper=Naming("张*", "21")))
    await office.issue(Wanted())
    run = await office.batch()
    assert run is not None
    assert (run.replaced, run.on_paper, run.voided) == (0, 1, 1)
    assert await office.reissues.living(office.old.kid, LATER) == 0


async def test_what_a_guardian_shows_ends_with_the_guardianship_as_before(office: Office) -> None:
    await office.color(Color.GREEN, 1)
    await take(office.world, told(1, NOW + DAY / 2))
    guardianship = await ward(office.world.family, BOB, "g1", NOW)
    shown = await office.issue(Wanted(device().holder_key, guardianship=guardianship))
    await office.batch()
    found = await office.reissues.replacement(shown.claims.credential_id, BOB, LATER)
    assert found is not None
    assert found.expires_at == NOW + DAY / 2
    await take(office.world, told(2, None))
    standing = await office.world.credentials.standing(found.new)
    assert standing is not None
    assert standing.revoked


async def test_a_color_that_changes_meanwhile_finds_what_was_made(office: Office) -> None:
    await office.color(Color.GREEN, 1)
    before = await office.issue(device())
    await office.reissues.start([office.old.kid], LATER)
    async with office.reissues.begin() as book:
        run = await reissue(book, office.press, office.old.kid, LATER, 10)
        changing = asyncio.create_task(office.color(Color.RED, 2))
        await until_waiting(office.pool)
    assert run is not None
    await asyncio.wait_for(changing, SECONDS)
    found = await office.reissues.replacement(before.claims.credential_id, ALICE, LATER)
    assert found is not None
    standing = await office.world.credentials.standing(found.new)
    assert standing is not None
    assert standing.revoked


async def test_a_taken_place_is_drawn_anew_and_full_lists_leave_all_as_it_was(office: Office) -> None:
    await office.color(Color.GREEN, 1)
    await office.issue(device())
    taken: Sequence[int] = [row["status_index"] for row in await office.pool.fetch("SELECT * FROM credential")]
    draws = iter([*taken, 77])
    office.press = Press(
        office.press.signer, lambda now: StatusPlace(f"{now:%Y%m%d}-0", next(draws)), office.press.new_cti
    )
    run = await office.batch()
    assert run is not None
    assert run.replaced == 1
    await office.issue(device())
    office.press = Press(office.press.signer, lambda now: StatusPlace(f"{now:%Y%m%d}-0", 77), office.press.new_cti)
    with pytest.raises(ListsFull):
        await office.batch(now=LATER + SETTLED)
    assert await office.reissues.living(office.old.kid, LATER) == 1
