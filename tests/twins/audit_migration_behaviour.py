"""What a store of migrations promises; run over the twin and over PostgreSQL."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from msgspec.structs import replace

from healthcode.events import HandoverAnswered
from healthcode.events.migration import HandoverOutcome
from healthcode.values import Category
from services.audit.ports.entry import Listing
from services.audit.ports.migration import HandedOver, Migration, MigrationStore

NOW = datetime(2022, 11, 5, tzinfo=UTC)
MIGRATION = Migration(id="m", region="620000", state="handing_over", began_at=NOW, next_at=NOW, started_at=NOW)


class Put(Protocol):
    async def __call__(self, subject: str, facts: bytes, reviewed_at: datetime) -> None:
        """Have a dossier."""
        ...


class Enter(Protocol):
    async def __call__(self, listing: Listing) -> None:
        """Have an entry."""
        ...


@dataclass
class Books:
    """A store, and what it reads of others."""

    begin: Callable[[], AbstractAsyncContextManager[MigrationStore]]
    put: Put
    enter: Enter


def handed(subject: str, sequence: int = 1, cut_at: datetime | None = None) -> HandedOver:
    return HandedOver(subject=subject, handle=f"h-{subject}", sequence=sequence, digest=b"d", cut_at=cut_at)


def answered(subject: str, sequence: int, outcome: HandoverOutcome = "taken") -> HandoverAnswered:
    return HandoverAnswered(
        id="a", handle=f"h-{subject}", sequence=sequence, origin="620000", destination="100000", outcome=outcome, at=NOW
    )


class MigrationBehaviour:
    async def test_one_of_a_region_is_open_until_it_is_done(self, books: Books) -> None:
        async with books.begin() as store:
            assert await store.of("620000") is None
            assert await store.add(MIGRATION)
            assert not await store.add(replace(MIGRATION, id="n"))
        async with books.begin() as store:
            assert await store.open() == MIGRATION
            done = replace(MIGRATION, state="done", at_subject="s", passes=3, since=NOW, cut_over_at=NOW, ended_at=NOW)
            await store.save(done)
        async with books.begin() as store:
            assert await store.open() is None
            assert await store.of("620000") == done
            again = replace(MIGRATION, id="n", started_at=NOW + timedelta(days=1))
            assert await store.add(again)
            assert await store.of("620000") == again

    async def test_the_first_pass_sees_everybody_and_later_ones_who_changed_or_waits(self, books: Books) -> None:
        for number, subject in enumerate("abcd"):
            await books.put(subject, bytes([number]), NOW + timedelta(hours=number))
        async with books.begin() as store:
            await store.add(MIGRATION)
            first = await store.candidates(MIGRATION, 3)
            assert [(each.subject, each.facts, each.handed) for each in first] == [
                ("a", b"\0", None),
                ("b", b"\1", None),
                ("c", b"\2", None),
            ]
            behind = await store.candidates(replace(MIGRATION, at_subject="c"), 3)
            assert [each.subject for each in behind] == ["d"]
            await store.keep("m", [handed("a"), handed("b", cut_at=NOW)])
            later = replace(MIGRATION, since=NOW + timedelta(hours=3), passes=1)
            found = await store.candidates(later, 9)
            assert [(each.subject, each.handed) for each in found] == [("a", handed("a")), ("d", None)]

    async def test_the_answer_to_the_latest_counts(self, books: Books) -> None:
        async with books.begin() as store:
            await store.add(MIGRATION)
            await store.keep("m", [handed("a"), handed("b"), handed("c"), handed("d")])
            await store.answer([answered("a", 1), answered("b", 1, "refused"), answered("c", 1, "unnamed")])
            await store.keep("m", [handed("a", 2), handed("b", 2)])
            await store.answer([answered("b", 2), answered("b", 1, "refused"), answered("x", 1)])
            count = await store.count("m")
            assert (count.handed_over, count.taken, count.unnamed, count.refused, count.waiting) == (4, 1, 1, 0, 2)
            await store.keep("m", [handed("b", 3, NOW)])
            assert ((await store.count("m")).moved, (await store.count("m")).waiting) == (1, 3)
            await books.put("b", b"f", NOW)
        async with books.begin() as store:
            (found,) = await store.candidates(MIGRATION, 9)
            assert found.handed == replace(handed("b", 3, NOW), answered=2, outcome="taken")

    async def test_entries_are_their_highest_revisions(self, books: Books) -> None:
        entry = Listing(
            entry="e1", revision=1, subject="a", category=Category.CONFIRMED, source="cdc", evidence="e",
            valid_from=NOW, recorded_at=NOW, recorded_by="o",
        )  # fmt: skip
        await books.enter(entry)
        await books.enter(replace(entry, revision=2, withdrawn=True))
        await books.enter(replace(entry, entry="e2", subject="b"))
        async with books.begin() as store:
            found = await store.entries(["a", "c"])
        assert list(found) == ["a"]
        assert found["a"].listings == (replace(entry, revision=2, withdrawn=True),)
        assert found["a"].tests == ()
