"""What every store of seals has to do; run over the twin and over PostgreSQL."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from healthcode.credential import Es256Key, TrustEntry, TrustList, Usage, anchored
from healthcode.events import Event
from healthcode.transparency import ProofError, check_proof, countersign, read_seal
from services.audit.handlers import seal
from services.audit.handlers.review import review_events
from services.audit.handlers.seal import NotSealed, Sealer, prove, seal_next
from services.audit.ports.review import ReviewStore
from services.audit.ports.seal import Seals, SealStore
from tests.twins.audit_judge import declared, judge, listed

HOUR = timedelta(hours=1)
ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2020, 2, 11)
NOON = datetime(2020, 2, 11, 12, tzinfo=ZONE)
MIDNIGHT = datetime(2020, 2, 12, tzinfo=ZONE)
KEY, NATION = Es256Key.generate(), Es256Key.generate()
SEALER = Sealer("330000", KEY, bytes(32), ZONE)
TRUST = TrustList(
    [
        TrustEntry(
            kid=KEY.kid, public_key=KEY.public_key, region="330000", usages=frozenset({Usage.SEAL}),
            not_before=datetime(2020, 1, 1, tzinfo=UTC), not_after=datetime(2021, 1, 1, tzinfo=UTC),
        )
    ]
)  # fmt: skip


class Vault:
    """The worker's store, the store of seals and its reader; the first two open a transaction."""

    def __init__(
        self,
        reviews: Callable[[], AbstractAsyncContextManager[ReviewStore]],
        store: Callable[[], AbstractAsyncContextManager[SealStore]],
        seals: Seals,
    ) -> None:
        self.reviews, self.store, self.seals = reviews, store, seals

    async def review(self, events: Sequence[Event], now: datetime) -> None:
        async with self.reviews() as store:
            await review_events(store, judge(), events, now)

    async def seal(self, now: datetime) -> int:
        """All that is to be done by then; gives the steps."""
        steps = 1
        while await self._step(now):
            steps += 1
        return steps

    async def _step(self, now: datetime) -> bool:
        async with self.store() as store:
            return await seal_next(store, SEALER, now)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of four leaves, so that a handful of people make several."""
    monkeypatch.setattr(seal, "LEAVES", 4)


class SealBehaviour:
    """Needs a fixture `vault`."""

    @pytest.mark.parametrize("people", [0, 1, 4, 5, 8, 11])
    async def test_everybodys_finding_of_the_day_is_proved(self, vault: Vault, people: int) -> None:
        names = [f"s{number:02d}" for number in range(people)]
        await vault.review([declared(number, name) for number, name in enumerate(names)], NOON)
        await vault.seal(MIDNIGHT + HOUR)
        sealed = await vault.seals.sealed(TODAY)
        assert sealed is not None
        assert read_seal(sealed.signed or b"", TRUST).size == people
        for name in names:
            proof = await prove(vault.seals, SEALER, name, TODAY)
            assert proof is not None
            found, seen = check_proof(proof, TRUST, anchored(NATION.public_key))
            assert (found.day, found.size, seen) == (TODAY, people, None)
            assert b'"color":"green"' in proof.finding
        assert await prove(vault.seals, SEALER, "nobody", TODAY) is None

    async def test_a_day_is_sealed_an_hour_after_its_end_by_the_regions_clock_and_once(self, vault: Vault) -> None:
        await vault.review([declared(1)], NOON)
        await vault.seal(MIDNIGHT + HOUR - timedelta(seconds=1))
        with pytest.raises(NotSealed):
            await prove(vault.seals, SEALER, "s1", TODAY)
        await vault.seal(MIDNIGHT + HOUR)
        assert await vault.seal(MIDNIGHT + 2 * HOUR) == 1
        await vault.seal(MIDNIGHT + HOUR + timedelta(days=1))
        assert [day.day for day in await vault.seals.page(None, 9)] == [TODAY + timedelta(days=1), TODAY]
        assert [day.day for day in await vault.seals.page(TODAY + timedelta(days=1), 9)] == [TODAY]

    async def test_after_days_of_silence_each_day_gets_its_own(self, vault: Vault) -> None:
        await vault.seal(MIDNIGHT + HOUR)
        await vault.review([declared(1)], NOON + timedelta(days=2))
        await vault.seal(MIDNIGHT + HOUR + timedelta(days=3))
        sizes = {day.day.day: day.size for day in await vault.seals.page(None, 9)}
        assert sizes == {11: 0, 12: 0, 13: 1, 14: 0}

    async def test_what_is_seen_is_the_last_of_the_day_and_later_days_change_nothing(self, vault: Vault) -> None:
        await vault.review([declared(1)], NOON)
        await vault.review([listed()], NOON + HOUR)
        await vault.seal(MIDNIGHT + HOUR)
        before = await prove(vault.seals, SEALER, "s1", TODAY)
        assert before is not None
        assert b'"color":"red"' in before.finding
        await vault.review([declared(9)], NOON + timedelta(days=1))
        assert await prove(vault.seals, SEALER, "s1", TODAY) == before

    async def test_the_first_countersignature_counts(self, vault: Vault) -> None:
        await vault.review([declared(1)], NOON)
        await vault.seal(MIDNIGHT + HOUR)
        sealed = await vault.seals.sealed(TODAY)
        assert sealed is not None
        assert sealed.signed is not None
        first, second = (countersign(sealed.signed, NATION, MIDNIGHT + hours * HOUR) for hours in (2, 3))
        for signed in (first, second):
            async with vault.store() as store:
                await store.countersigned(TODAY, signed)
        proof = await prove(vault.seals, SEALER, "s1", TODAY)
        assert proof is not None
        assert check_proof(proof, TRUST, anchored(NATION.public_key))[1] == MIDNIGHT + 2 * HOUR
        with pytest.raises(ProofError):
            check_proof(replace(proof, sequence=9), TRUST, anchored(NATION.public_key))
