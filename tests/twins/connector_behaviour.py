"""What a connector promises, over any book."""

from collections.abc import Sequence
from typing import Protocol

import pytest

from healthcode.events import ListingSubmitted
from services.connector.ports import Book, Superseded
from tests.support.people import id_number
from tests.twins.connector import DOCUMENT, TwinSource, desk_over, standing, sweep_through, take_round, wanted

CDC = str(DOCUMENT["connector"])


class Shelf(Protocol):
    """A book, what it published, and an officer who lets it go on."""

    book: Book

    async def published(self) -> Sequence[ListingSubmitted]: ...

    async def let_go(self) -> None: ...


def contacts(count: int) -> TwinSource:
    source = TwinSource()
    for index in range(count):
        source.put(index, id_number(index))
    return source


class ConnectorBehaviour:
    """Inherited by the suites; `shelf` is their fixture."""

    async def test_a_list_is_taken_once(self, shelf: Shelf) -> None:
        source, desk = contacts(8), desk_over(shelf.book)
        state = await take_round(desk, source, await shelf.book.claim(CDC))
        state = await take_round(desk, source, state)
        await sweep_through(desk, source, state)
        published = await shelf.published()
        assert len(published) == 8
        assert sorted(standing(published).values()) == wanted(source)

    async def test_what_changes_goes_and_comes_back_is_followed(self, shelf: Shelf) -> None:
        source, desk = contacts(5), desk_over(shelf.book)
        state = await take_round(desk, source, await shelf.book.claim(CDC))
        source.put(1, id_number(1), "QZ")
        source.put(2, id_number(77))
        kept = source.rows.pop(3)
        state = await sweep_through(desk, source, await take_round(desk, source, state))
        assert sorted(standing(await shelf.published()).values()) == wanted(source)
        source.rows[3] = kept
        await sweep_through(desk, source, state)
        entries = standing(await shelf.published())
        assert sorted(entries.values()) == wanted(source)
        assert "cdc:3:1" in entries, "the same entry stands again"

    async def test_a_row_that_was_committed_late_is_found_by_the_sweep(self, shelf: Shelf) -> None:
        source, desk = contacts(2), desk_over(shelf.book)
        source.put(5, id_number(5), late=True)
        source.put(6, id_number(6))
        state = await take_round(desk, source, await shelf.book.claim(CDC))
        source.late.clear()
        state = await take_round(desk, source, state)
        assert "cdc:5:1" not in standing(await shelf.published())
        await sweep_through(desk, source, state)
        assert "cdc:5:1" in standing(await shelf.published())

    async def test_rows_that_cannot_be_read_are_noted_and_hold_nobody_up(self, shelf: Shelf) -> None:
        source, desk = contacts(4), desk_over(shelf.book)
        source.put(2, "11010519491231002X0")
        source.put(3, id_number(3), "??")
        state = await take_round(desk, source, await shelf.book.claim(CDC))
        counts = await shelf.book.counts(state)
        assert (counts.standing, counts.faults) == (2, 2)
        source.put(3, id_number(3), "QZ")
        del source.rows[2]
        state = await sweep_through(desk, source, await take_round(desk, source, state))
        assert (await shelf.book.counts(state)).faults == 0
        assert sorted(standing(await shelf.published()).values()) == wanted(source)

    async def test_too_many_faults_hold_the_connector_until_an_officer_lets_it_go(self, shelf: Shelf) -> None:
        source, desk = contacts(9), desk_over(shelf.book, most_faults=2)
        for key in range(3):
            source.put(key, id_number(key), "??")
        state = await take_round(desk, source, await shelf.book.claim(CDC))
        assert state.held == "many_faults"
        await shelf.let_go()
        state = await take_round(desk, source, await shelf.book.claim(CDC))
        assert state.held is None
        assert sorted(standing(await shelf.published()).values()) == wanted(source)

    async def test_an_emptied_table_withdraws_nobody_before_an_officer_has_looked(self, shelf: Shelf) -> None:
        source, desk = contacts(60), desk_over(shelf.book, most_gone=0.2, page=50)
        state = await take_round(desk, source, await shelf.book.claim(CDC))
        source.rows.clear()
        state = await sweep_through(desk, source, state)
        assert state.held == "many_gone"
        assert len(standing(await shelf.published())) == 60
        await shelf.let_go()
        state = await sweep_through(desk, source, await shelf.book.claim(CDC))
        assert (state.held, state.sweeping) == (None, False)
        assert standing(await shelf.published()) == {}

    async def test_who_was_superseded_writes_nothing(self, shelf: Shelf) -> None:
        source, desk = contacts(4), desk_over(shelf.book)
        old = await shelf.book.claim(CDC)
        new = await shelf.book.claim(CDC)
        with pytest.raises(Superseded):
            await take_round(desk, source, old)
        assert await shelf.published() == []
        await take_round(desk, source, new)
        assert len(await shelf.published()) == 4
