from typing import Any

import pytest

from services.audit.handlers.area import record_areas
from services.audit.handlers.listing import record_listings
from services.audit.ports.entry import AreaLevel, Listing, Refused
from tests.twins.audit import AreaTwin, EntryTwin
from tests.twins.audit_behaviour import DAY, NOW, AreaBehaviour, ListingBehaviour, codes, level, listing


class TestListingsInMemory(ListingBehaviour):
    @pytest.fixture
    def store(self) -> EntryTwin[Listing]:
        return EntryTwin()

    @pytest.fixture
    def published(self, store: EntryTwin[Listing]) -> list[object]:
        return store.published  # type: ignore[return-value]  # read only


class TestAreasInMemory(AreaBehaviour):
    @pytest.fixture
    def areas(self) -> AreaTwin:
        return AreaTwin()

    @pytest.fixture
    def published(self, areas: EntryTwin[AreaLevel]) -> list[object]:
        return areas.published  # type: ignore[return-value]  # read only


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"evidence": "  "}, ("no_evidence", "evidence")),
        ({"source": ""}, ("no_source", "source")),
        ({"entry": ""}, ("impossible_entry", "entry")),
        ({"entry": "a\nb"}, ("impossible_entry", "entry")),
        ({"revision": 0}, ("impossible_revision", "revision")),
        ({"valid_until": NOW - DAY}, ("backwards", "valid_until")),
        ({"valid_from": NOW.replace(year=202)}, ("impossible_date", "valid_from")),
        ({"valid_from": NOW + 400 * DAY, "valid_until": None}, ("impossible_date", "valid_from")),
        ({"valid_until": NOW.replace(year=2202)}, ("impossible_date", "valid_until")),
    ],
)
async def test_what_cannot_be_right_is_refused_by_field(changes: dict[str, Any], expected: tuple[str, str]) -> None:
    twin: EntryTwin[Listing] = EntryTwin()
    (verdict,) = await record_listings(twin, [listing(**changes)], NOW)
    assert codes(verdict) == [expected]
    assert not twin.records
    assert not twin.published


async def test_good_drafts_are_accepted_beside_bad_ones() -> None:
    twin: EntryTwin[Listing] = EntryTwin()
    verdicts = await record_listings(twin, [listing(), listing("e2", evidence=""), listing("e3", subject="s3")], NOW)
    assert [isinstance(verdict, Refused) for verdict in verdicts] == [False, True, False]
    assert set(twin.records) == {("e1", 1), ("e3", 1)}


async def test_owners_and_entries_are_locked_before_anything_is_read() -> None:
    twin: EntryTwin[Listing] = EntryTwin()
    await record_listings(twin, [listing(), listing("e2", subject="s2")], NOW)
    assert [set(keys) for keys in twin.locked] == [{"s1", "e1", "s2", "e2"}]


async def test_each_changed_area_has_a_storm_of_the_new_number() -> None:
    twin = AreaTwin()
    await record_areas(twin, [level(), level("a2", area="330102"), level("a3", valid_from=NOW + DAY)], NOW)
    assert twin.storms == [("330102", "area", 2), ("330106", "area", 2)]


async def test_another_authority_is_not_told_which_entry_overlaps() -> None:
    twin = AreaTwin()
    await record_areas(twin, [level()], NOW)
    own, foreign = await record_areas(twin, [level("a2"), level("a3", source="other")], NOW)
    assert own.faults[0].params == {"entry": "a1"}  # type: ignore[union-attr]  # refused
    assert foreign.faults[0].params == {}  # type: ignore[union-attr]  # refused
