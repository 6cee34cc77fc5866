"""Statements that arrive together share a transaction, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.declaration.domain.declaration import CheckIn, Health
from services.declaration.domain.fault import KeyReused
from services.declaration.domain.people import Caller
from services.declaration.handlers.acceptance import Slot, accepted
from services.declaration.handlers.gathering import MOST, Filing, Gathering, Outcome
from services.declaration.ports import Answer, Claim
from tests.unit.declaration.office import Office, number, subject
from tests.unit.declaration.twin import TwinUnit, TwinUnits


class SlowUnits(TwinUnits):
    """Stores whose commits take a turn of the loop, one after the other, and may fail."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []
        self.poison = ""
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[TwinUnit]:
        """Count what each transaction accepts; the poisoned person's fails."""
        async with self._turn:
            before = len(self.state.receipts)
            async with super().begin() as unit:
                yield unit
                await asyncio.sleep(0)
                if self.poison in unit._state.people:
                    raise RuntimeError("a fault of one")
            self.sizes.append(len(self.state.receipts) - before)


@pytest.fixture
def units() -> SlowUnits:
    """Stores that take their time."""
    return SlowUnits()


def filing(office: Office, serial: int, key: str | None = None, body: bytes = b"") -> Filing:
    """A check-in of a person, perhaps under a key."""
    at = office.clock.now()
    caller = Caller("a", frozenset({"citizen"}), subject(number(serial)))
    acceptance = accepted(office.desk, caller, CheckIn(Health()), Slot(office.desk.new_id(at), at))
    claim = Claim("client", key, body) if key is not None else None
    return Filing(acceptance, Answer(202, acceptance.statement.id.encode()), claim)


async def test_what_waits_is_committed_together(office: Office, units: SlowUnits) -> None:
    gathering = Gathering(units, office.clock.now)
    filings = [filing(office, serial) for serial in range(150)]
    outcomes = await asyncio.gather(*(gathering.file(each) for each in filings))
    assert outcomes == [Outcome(each.answer) for each in filings]
    assert sum(units.sizes) == len(filings)
    assert max(units.sizes) == MOST
    assert [event.id for event in units.state.published] == [each.acceptance.statement.id for each in filings]


async def test_nobody_fails_for_anothers_sake(office: Office, units: SlowUnits) -> None:
    units.poison = subject(number(3))
    gathering = Gathering(units, office.clock.now)
    filings = [filing(office, serial) for serial in range(10)]
    outcomes = await asyncio.gather(*(gathering.file(each) for each in filings), return_exceptions=True)
    assert [serial for serial, outcome in enumerate(outcomes) if isinstance(outcome, RuntimeError)] == [3]
    assert len(units.state.published) == 9


async def test_one_key_has_one_effect_among_those_who_wait(office: Office, units: SlowUnits) -> None:
    gathering = Gathering(units, office.clock.now)
    first, again, other = filing(office, 1, "k"), filing(office, 1, "k"), filing(office, 1, "k", b"other")
    outcomes = await asyncio.gather(*(gathering.file(each) for each in (first, again, other)), return_exceptions=True)
    assert outcomes[:2] == [Outcome(first.answer), Outcome(first.answer, replayed=True)]
    assert isinstance(outcomes[2], KeyReused)
    assert len(units.state.published) == 1


async def test_a_caller_who_went_away_takes_nobody_along(office: Office, units: SlowUnits) -> None:
    gathering = Gathering(units, office.clock.now)
    gone = asyncio.create_task(gathering.file(filing(office, 1)))
    staying = asyncio.create_task(gathering.file(filing(office, 2)))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await staying).replayed is False
    assert len(units.state.published) == 2
