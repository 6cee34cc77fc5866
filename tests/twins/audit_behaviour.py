"""What every store of listings and areas has to make of the same drafts; run over the twin and over PostgreSQL."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from healthcode.events import AreaLevelRecorded, ListingRecorded
from healthcode.values import Category, Level
from services.audit.handlers.area import record_areas, withdraw_area
from services.audit.handlers.listing import record_listings, withdraw_listing
from services.audit.ports.entry import AreaLevel, AreaStore, EntryStore, Listing, Refused, UnknownEntry

NOW = datetime(2020, 2, 11, 4, tzinfo=UTC)
DAY = timedelta(days=1)


def listing(entry: str = "e1", **changes: object) -> Listing:
    """An entry that may be added."""
    plain = Listing(
        entry=entry,
        revision=1,
        source="cdc-330100",
        evidence="case 17",
        recorded_at=NOW,
        recorded_by="o1",
        subject="s1",
        category=Category.CLOSE_CONTACT,
        valid_from=NOW - DAY,
        valid_until=NOW + 13 * DAY,
    )
    return msgspec.structs.replace(plain, **changes)


def level(entry: str = "a1", **changes: object) -> AreaLevel:
    """An area's level that may be added."""
    plain = AreaLevel(
        entry=entry,
        revision=1,
        source="cdc-330100",
        evidence="notice 3",
        recorded_at=NOW,
        recorded_by="o1",
        area="330106",
        level=Level.HIGH,
        valid_from=NOW,
    )
    return msgspec.structs.replace(plain, **changes)


def codes(verdict: object) -> list[tuple[str, str]]:
    """Why an entry was refused, and where."""
    assert isinstance(verdict, Refused)
    return [(fault.code, fault.field) for fault in verdict.faults]


class ListingBehaviour:
    """Needs a fixture `store`."""

    async def test_an_entry_is_kept_and_read_back(self, store: EntryStore[Listing]) -> None:
        assert await record_listings(store, [listing()], NOW) == [listing()]
        assert await store.revisions(["e1"]) == [listing()]
        assert await store.standing(["s1"]) == [listing()]

    async def test_the_same_revision_again_is_no_news(self, store: EntryStore[Listing]) -> None:
        await record_listings(store, [listing()], NOW)
        assert await record_listings(store, [listing(recorded_at=NOW + DAY)], NOW + DAY) == [listing()]
        assert await store.revisions(["e1"]) == [listing()]

    async def test_a_revision_is_written_once(self, store: EntryStore[Listing]) -> None:
        await record_listings(store, [listing()], NOW)
        (verdict,) = await record_listings(store, [listing(evidence="case 18")], NOW)
        assert codes(verdict) == [("revision_taken", "revision")]

    async def test_the_highest_revision_counts_whatever_the_order(self, store: EntryStore[Listing]) -> None:
        second = listing(revision=2, valid_until=NOW + 20 * DAY)
        await record_listings(store, [second], NOW)
        await record_listings(store, [listing()], NOW)
        assert await store.standing(["s1"]) == [second]

    async def test_an_authority_cannot_say_the_same_twice_for_one_time(self, store: EntryStore[Listing]) -> None:
        verdicts = await record_listings(
            store,
            [
                listing(),
                listing("e2", valid_from=NOW + 12 * DAY, valid_until=None),
                listing("e3", valid_from=NOW + 13 * DAY, valid_until=None),
                listing("e4", source="cdc-330200"),
                listing("e5", category=Category.INBOUND),
                listing("e6", subject="s2"),
            ],
            NOW,
        )
        assert codes(verdicts[1]) == [("overlap", "valid_from")]
        assert [isinstance(verdict, Refused) for verdict in verdicts] == [False, True, False, False, False, False]
        (again,) = await record_listings(store, [listing("e7")], NOW)
        assert codes(again) == [("overlap", "valid_from")]

    async def test_what_was_withdrawn_makes_room(self, store: EntryStore[Listing]) -> None:
        await record_listings(store, [listing()], NOW)
        withdrawn = await withdraw_listing(store, "e1", "cdc-330100", NOW + DAY, "o2")
        assert (withdrawn.revision, withdrawn.withdrawn, withdrawn.recorded_by) == (2, True, "o2")
        assert await withdraw_listing(store, "e1", "cdc-330100", NOW + DAY, "o3") == withdrawn
        assert await record_listings(store, [listing("e2")], NOW) == [listing("e2")]

    async def test_an_entry_belongs_to_its_authority_and_its_person(self, store: EntryStore[Listing]) -> None:
        await record_listings(store, [listing()], NOW)
        verdicts = await record_listings(
            store, [listing(revision=2, source="cdc-330200"), listing(revision=2, subject="s2")], NOW
        )
        assert [codes(verdict) for verdict in verdicts] == [[("other_authority", "source")], [("other_owner", "entry")]]
        with pytest.raises(UnknownEntry):
            await withdraw_listing(store, "e1", "cdc-330200", NOW, "o1")
        with pytest.raises(UnknownEntry):
            await withdraw_listing(store, "e9", "cdc-330100", NOW, "o1")

    async def test_pages_go_on_behind_their_cursor(self, store: EntryStore[Listing]) -> None:
        await record_listings(store, [listing(f"e{n}", subject=f"s{n}") for n in range(5)], NOW)
        await record_listings(store, [listing("e9", subject="s9", source="other")], NOW)
        first = await store.page("cdc-330100", None, 3)
        assert [entry.entry for entry in first] == ["e4", "e3", "e2"]
        assert [entry.entry for entry in await store.page("cdc-330100", "e2", 3)] == ["e1", "e0"]

    async def test_events_carry_the_revision(self, store: EntryStore[Listing], published: list[object]) -> None:
        await record_listings(store, [listing()], NOW)
        await withdraw_listing(store, "e1", "cdc-330100", NOW + DAY, "o1")
        events = [event for event in published if isinstance(event, ListingRecorded)]
        assert [(e.id, e.key, e.entry, e.revision, e.withdrawn) for e in events] == [
            ("e1.1", "s1", "e1", 1, False),
            ("e1.2", "s1", "e1", 2, True),
        ]


class AreaBehaviour:
    """Needs a fixture `areas`."""

    async def test_a_chunk_of_changes_has_one_number(self, areas: AreaStore, published: list[object]) -> None:
        await record_areas(areas, [level(), level("a2", area="330102")], NOW)
        await record_areas(areas, [level(revision=2, valid_until=NOW + DAY)], NOW)
        events = [event for event in published if isinstance(event, AreaLevelRecorded)]
        assert [(e.id, e.key, e.reference) for e in events] == [
            ("a1.1", "330106", 2),
            ("a2.1", "330102", 2),
            ("a1.2", "330106", 3),
        ]

    async def test_what_changes_nothing_takes_no_number(self, areas: AreaStore, published: list[object]) -> None:
        await record_areas(areas, [level()], NOW)
        (verdict,) = await record_areas(areas, [level(revision=2, area="999999")], NOW)
        assert codes(verdict) == [("unknown_area", "area"), ("other_owner", "entry")]
        await record_areas(areas, [level()], NOW)
        assert len(published) == 1

    async def test_an_area_has_one_level_at_a_time(self, areas: AreaStore) -> None:
        await record_areas(areas, [level()], NOW)
        (verdict,) = await record_areas(areas, [level("a2", level=Level.LOW, source="cdc-330000")], NOW)
        assert codes(verdict) == [("overlap", "valid_from")]
        await record_areas(areas, [level(revision=2, valid_until=NOW + DAY)], NOW)
        after = level("a2", level=Level.LOW, valid_from=NOW + DAY)
        assert await record_areas(areas, [after], NOW) == [after]

    async def test_withdrawal_is_a_change_too(self, areas: AreaStore, published: list[object]) -> None:
        await record_areas(areas, [level()], NOW)
        await withdraw_area(areas, "a1", "cdc-330100", NOW, "o1")
        assert [event.reference for event in published if isinstance(event, AreaLevelRecorded)] == [2, 3]
