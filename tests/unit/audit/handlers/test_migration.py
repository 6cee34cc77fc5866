"""A region's people are handed over until all are there, then their codes move: whatever happens in between."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode.events import DossierHandedOver, HandoverAnswered, PersonMoved
from healthcode.events.migration import HandoverOutcome
from healthcode.values import Category
from services.audit.domain import Dossier, apply
from services.audit.domain.facts import unpack_id
from services.audit.handlers.listing import event_of
from services.audit.handlers.migration import (
    FOLLOWED,
    MigrationRuns,
    Mover,
    NoMigration,
    NotReady,
    cut_over,
    hand_over,
    take_answers,
)
from services.audit.ports.entry import Listing
from services.audit.ports.migration import Entries
from tests.twins.audit_migration import MigrationTwin
from tests.unit.audit.domain import making

NATION, REGION = "100000", "620000"
NOW: Final = datetime(2022, 11, 5, tzinfo=UTC)
HOMES: Final = {"a": "620102", "b": "620102", "c": "620402", "d": "330106"}
PAUSE: Final = timedelta(minutes=1)


class Office:
    """The nation's migration, a region that answers when it is let, and a clock."""

    def __init__(self, limit: int = 2) -> None:
        self.store = MigrationTwin()
        self.now = NOW
        self.ready = False
        self.numbers = itertools.count(1)
        self.mover = Mover(NATION, lambda _: self.ready, lambda: f"id-{next(self.numbers)}", limit, PAUSE)
        for subject, home in HOMES.items():
            self.declare(subject, home)

    def declare(self, subject: str, home: str) -> None:
        """One more declaration of somebody."""
        facts, _ = self.store.people.get(subject, (Dossier.empty(subject).encode(), NOW))
        event = making.declared(self.now, f"d{next(self.numbers)}", residence=home)
        dossier, _ = apply(Dossier.decode(facts), event)
        self.store.people[subject] = (msgspec.structs.replace(dossier, subject=subject).encode(), self.now)

    async def step(self, *, killed: bool = False) -> bool:
        """One step; a killed one leaves nothing behind, and what it had published never went out."""
        before = self.store.saved()
        more = await self.mover.step(self.store, self.now)
        if killed:
            self.store = before
        return more

    async def whole_pass(self) -> None:
        self.now += 2 * PAUSE
        while await self.step():
            pass

    async def answer(self, outcome: HandoverOutcome = "taken", *, late: bool = False) -> None:
        """What the region says to all it was told; `late`: of each the first only."""
        told = self.handovers[:1] if late else self.handovers
        await take_answers(self.store, [answered(each, outcome) for each in told])

    @property
    def handovers(self) -> list[DossierHandedOver]:
        return [each for each in self.store.published if isinstance(each, DossierHandedOver)]

    @property
    def moved(self) -> list[str]:
        return [each.subject for each in self.store.published if isinstance(each, PersonMoved)]

    def last(self, subject: str) -> DossierHandedOver:
        return [each for each in self.handovers if each.subject == subject][-1]


def answered(handover: DossierHandedOver, outcome: HandoverOutcome) -> HandoverAnswered:
    return HandoverAnswered(
        id="a", handle=handover.handle, sequence=handover.sequence, origin=REGION, destination=NATION,
        outcome=outcome, at=NOW,
    )  # fmt: skip


def facts_of(data: bytes, subject: str) -> Dossier:
    return msgspec.structs.replace(Dossier.decode(data), subject=subject)


OPS = st.lists(
    st.tuples(
        st.sampled_from(("step", "killed", "pass", "answer", "late", "declare", "move")), st.sampled_from(tuple(HOMES))
    ),
    max_size=25,
)


@given(OPS, st.integers(1, 3))
async def test_nothing_is_lost_and_nothing_doubled(ops: Sequence[tuple[str, str]], limit: int) -> None:
    office = Office(limit)
    await hand_over(office.store, REGION, "m", office.now)
    homes = dict(HOMES)
    for op, who in ops:
        office.now += timedelta(seconds=20)
        if op in {"step", "killed"}:
            await office.step(killed=op == "killed")
        elif op == "pass":
            await office.whole_pass()
        elif op in {"answer", "late"}:
            await office.answer(late=op == "late")
        else:
            homes[who] = homes[who] if op == "declare" else "620102" if homes[who] == "330106" else "330106"
            office.declare(who, homes[who])
    assert office.moved == [], "no code moves before two officers have said so"

    for _ in range(2):
        await office.whole_pass()
        await office.answer()
    await cut_over(office.store, REGION, office.now)
    await office.whole_pass()
    assert office.moved == [], "nor before the catalogue says that the region has one"
    office.ready = True
    await office.whole_pass()

    residents = sorted(subject for subject, home in homes.items() if home.startswith("62"))
    assert sorted(office.moved) == residents, "each once, and nobody else"
    for subject in {each.subject for each in office.handovers}:
        mine = [each for each in office.handovers if each.subject == subject]
        assert len({each.handle for each in mine}) == 1
        assert [each.sequence for each in mine] == list(range(1, len(mine) + 1))
        there = facts_of(office.last(subject).facts, subject)
        assert there.encode() == office.store.people[subject][0], "what is there is all that is known here"
        assert Dossier.decode(office.last(subject).facts).subject == ""
    count = await office.store.count("m")
    assert count.moved == len(residents)


async def test_who_is_not_there_does_not_move() -> None:
    office = Office(limit=10)
    await hand_over(office.store, REGION, "m", office.now)
    with pytest.raises(NotReady):
        await cut_over(office.store, REGION, office.now)
    await office.whole_pass()
    with pytest.raises(NotReady, match="3 waiting"):
        await cut_over(office.store, REGION, office.now)
    await take_answers(office.store, [answered(office.last("a"), "refused"), answered(office.last("b"), "unnamed")])
    await take_answers(office.store, [answered(office.last("c"), "taken")])
    with pytest.raises(NotReady, match="1 refused"):
        await cut_over(office.store, REGION, office.now)
    office.declare("a", "620102")
    await office.whole_pass()
    await take_answers(office.store, [answered(office.last("a"), "taken")])
    await cut_over(office.store, REGION, office.now)
    office.ready = True
    await office.whole_pass()
    assert sorted(office.moved) == ["a", "c"], "of b nobody knows the name: the code stays"


async def test_what_comes_in_after_the_move_is_handed_over_for_a_day() -> None:
    office = Office(limit=10)
    office.ready = True
    await hand_over(office.store, REGION, "m", office.now)
    await office.whole_pass()
    await office.answer()
    await cut_over(office.store, REGION, office.now)
    await office.whole_pass()
    office.declare("a", "620102")
    await office.whole_pass()
    assert (office.last("a").moved, office.last("a").sequence) == (True, 3)
    office.now += FOLLOWED
    await office.whole_pass()
    assert office.store.migrations["m"].state == "done"
    told = len(office.handovers)
    office.declare("a", "620102")
    await office.whole_pass()
    assert len(office.handovers) == told


async def test_one_migration_of_a_region_at_a_time_and_none_that_never_began() -> None:
    office = Office()
    with pytest.raises(NoMigration):
        await cut_over(office.store, REGION, office.now)
    await hand_over(office.store, REGION, "m", office.now)
    with pytest.raises(MigrationRuns):
        await hand_over(office.store, REGION, "n", office.now)


async def test_its_own_entries_go_home_under_their_own_names() -> None:
    office = Office(limit=10)
    own = Listing(
        entry="620000:e1", revision=2, subject="a", category=Category.CONFIRMED, source="region:620000", evidence="e",
        valid_from=NOW, recorded_at=NOW, recorded_by="甘肃省疾控中心",
    )  # fmt: skip
    other = msgspec.structs.replace(own, entry="n1", source="nhc", recorded_by="officer-1")
    dossier = Dossier.decode(office.store.people["a"][0])
    for each in (own, other):
        dossier, _ = apply(dossier, event_of(each))
    office.store.people["a"] = (dossier.encode(), NOW)
    office.store.authorities["a"] = Entries((own, other))
    await hand_over(office.store, REGION, "m", office.now)
    await office.whole_pass()
    told = office.last("a")
    assert [(each.entry, each.id, each.source) for each in told.listings] == [
        ("e1", "e1.2", "甘肃省疾控中心"),
        ("n1", "n1.2", "nhc"),
    ]
    held = Dossier.decode(told.facts).listings
    assert {(each.entry, unpack_id(each.id), each.source) for each in held} == {
        (each.entry, each.id, each.source) for each in told.listings
    }
    assert {each.subject for each in told.listings} == {""}
