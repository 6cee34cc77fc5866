"""A connector over a book in memory, and lists that change at random."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode.events import ListingSubmitted
from tests.support.people import id_number
from tests.twins.connector import TwinBook, TwinSource, desk_over, standing, sweep_through, take_round, wanted
from tests.twins.connector_behaviour import CDC, ConnectorBehaviour


@dataclass
class MemoryShelf:
    book: TwinBook = field(default_factory=TwinBook)

    async def published(self) -> Sequence[ListingSubmitted]:
        return self.book.published

    async def let_go(self) -> None:
        state = self.book.states[CDC]
        self.book.states[CDC] = msgspec.structs.replace(
            state, held=None, allowed=len(self.book.faults), gone_allowed=state.sweep
        )


class TestOverMemory(ConnectorBehaviour):
    @pytest.fixture
    def shelf(self) -> MemoryShelf:
        return MemoryShelf()


ACTS = st.lists(
    st.one_of(
        st.tuples(
            st.just("put"), st.integers(0, 6), st.integers(0, 4), st.sampled_from(["MQ", "QZ", "??"]), st.booleans()
        ),
        st.tuples(st.just("drop"), st.integers(0, 6)),
        st.tuples(st.just("appear")),
        st.tuples(st.just("round")),
        st.tuples(st.just("sweep")),
        st.tuples(st.just("restart")),
    ),
    max_size=40,
)


@given(acts=ACTS)
def test_whatever_happens_to_a_list_the_entries_follow_it(acts: list[tuple[object, ...]]) -> None:
    asyncio.run(_follow(acts))


async def _follow(acts: list[tuple[object, ...]]) -> None:
    book, source = TwinBook(), TwinSource()
    desk = desk_over(book)
    state = await book.claim(CDC)
    for act in acts:
        match act:
            case ("put", int(key), int(person), str(kind), bool(late)):
                source.put(key, id_number(person), kind, late=late)
            case ("drop", int(key)):
                source.rows.pop(key, None)
                source.late.discard(key)
            case ("appear",):
                source.late.clear()
            case ("round",):
                state = await take_round(desk, source, state)
            case ("sweep",):
                state = await sweep_through(desk, source, state)
            case _:
                state = await book.claim(CDC)
    source.late.clear()
    await sweep_through(desk, source, await take_round(desk, source, state))
    readable = sorted(standing(book.published).values())
    # a row that was readable and is not any more keeps what it said, and is noted
    kept = [value for key, value in standing(book.published).items() if key.split(":")[1] in book.faults]
    assert sorted([*wanted(source), *kept]) == readable
