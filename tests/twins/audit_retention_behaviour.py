"""What is dropped when its days are over, and what stays; run over the twin and over PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, Protocol

from healthcode.events import Event, ReviewDue
from services.audit.domain.retention import Retention
from services.audit.handlers.review import Judge
from services.audit.ports.entry import Listing
from services.audit.ports.retention import Kind
from tests.twins.audit_behaviour import DAY, NOW, listing
from tests.twins.audit_judge import declared, judge, listed

USUAL = Retention(findings=30, listings=180, tests=180, decisions=180)


class Attic(Protocol):
    """Where things are put, and swept."""

    async def review(self, judge: Judge, events: Sequence[Event], now: datetime) -> None: ...

    async def enter(self, records: Sequence[Listing]) -> None: ...

    async def contest(self, fact: str) -> None: ...

    async def step(self, judge: Judge, retention: Any, kind: Kind, now: datetime, limit: int) -> bool: ...

    async def asked(self) -> list[str]:
        """Who was asked to be looked at since the last time."""
        ...

    async def left(self, kind: Kind) -> list[tuple[str, int]]:
        """The names and numbers of the rows that are there, in order."""
        ...


async def swept(attic: Attic, kind: Kind, now: datetime, retention: Any = USUAL, limit: int = 2) -> int:
    """Let a sweep go through; gives its steps."""
    steps = 1
    while await attic.step(judge(), retention, kind, now, limit):
        steps += 1
    return steps


class RetentionBehaviour:
    """Needs a fixture `attic`."""

    async def test_a_finding_goes_when_a_later_one_has_stood_for_the_days_kept(self, attic: Attic) -> None:
        the_judge = judge()
        for number, day in enumerate((0, 10, 60)):
            await attic.review(the_judge, [declared(number + 1)], NOW + day * DAY)
        await swept(attic, "findings", NOW + 80 * DAY)
        assert await attic.left("findings") == [("s1", 2), ("s1", 3)], "the second was in force 30 days ago"
        await swept(attic, "findings", NOW + 95 * DAY)
        assert await attic.left("findings") == [("s1", 3)]
        await swept(attic, "findings", NOW + 2000 * DAY)
        assert await attic.left("findings") == [("s1", 3)], "what stands now always stays"

    async def test_a_sweep_goes_through_in_chunks_once_a_day(self, attic: Attic) -> None:
        the_judge = judge()
        for day in (0, 1):
            people = [declared(10 * day + number, f"s{number}") for number in range(5)]
            await attic.review(the_judge, people, NOW + day * DAY)
        later = NOW + 90 * DAY
        assert await swept(attic, "findings", later, limit=3) == 4
        assert await attic.left("findings") == [(f"s{number}", 2) for number in range(5)]
        await attic.review(the_judge, [declared(77, "s1")], NOW + 30 * DAY)
        assert await swept(attic, "findings", later + timedelta(hours=23)) == 1, "it rests"
        assert len(await attic.left("findings")) == 6
        await swept(attic, "findings", later + DAY)
        assert ("s1", 2) not in await attic.left("findings")

    async def test_entries_go_when_they_are_over(self, attic: Attic) -> None:
        await attic.enter(
            [
                listing("ended", valid_until=NOW + DAY),
                listing("open", valid_until=None),
                listing("changed", valid_until=None),
                listing("changed", revision=2, valid_until=None, recorded_at=NOW + DAY),
                listing("withdrawn", valid_until=None),
                listing("withdrawn", revision=2, withdrawn=True, recorded_at=NOW + DAY, valid_until=None),
            ]
        )
        await swept(attic, "listings", NOW + 180 * DAY)
        assert len(await attic.left("listings")) == 6
        await swept(attic, "listings", NOW + 182 * DAY)
        assert await attic.left("listings") == [("changed", 2), ("open", 1)]

    async def test_what_a_rule_stands_on_or_somebody_contests_stays(self, attic: Attic) -> None:
        await attic.enter([listing("e1", valid_until=NOW + timedelta(hours=1)), listing("e2", valid_until=NOW)])
        await attic.enter([listing("e3", valid_until=NOW, subject="s3")])
        await attic.review(judge(), [listed()], NOW)
        await attic.contest("e3.1")
        short = SimpleNamespace(listings=1)  # shorter than a region may write, so that the hold is not over
        await swept(attic, "listings", NOW + 3 * DAY, short)
        assert await attic.left("listings") == [("e1", 1), ("e3", 1)]
        await swept(attic, "listings", NOW + 20 * DAY, short)
        assert await attic.left("listings") == [("e3", 1)]

    async def test_whom_nobody_has_looked_at_is_asked_once(self, attic: Attic) -> None:
        the_judge, short = judge(), SimpleNamespace(dossiers=30)
        await attic.review(the_judge, [declared(number, f"s{number}") for number in range(3)], NOW)
        await attic.review(the_judge, [declared(7, "s1")], NOW + 20 * DAY)
        await swept(attic, "dossiers", NOW + 31 * DAY, short)
        assert await attic.asked() == ["s0", "s2"]
        again = [ReviewDue(id="r", subject=subject, cause="retention", due=NOW + 31 * DAY) for subject in ("s0", "s2")]
        await attic.review(the_judge, again, NOW + 31 * DAY)
        await swept(attic, "dossiers", NOW + 32 * DAY, short)
        assert await attic.asked() == []
