"""When regions were heard, whatever store is under it."""

from datetime import timedelta

from healthcode.events import LinkBeat, LinksHeard
from services.recognition.domain.link import BEAT, Link
from services.recognition.handlers.link import send_beat, take_beats, take_links, tell_links
from services.recognition.ports import LinkBook
from tests.support.recognition import HUBEI, NATION, NOW, ZHEJIANG

LATER = NOW + timedelta(minutes=1)


def beat(sequence: int, origin: str = HUBEI) -> LinkBeat:
    return LinkBeat(id=f"{origin}.{sequence}", origin=origin, destination=NATION, sequence=sequence, at=NOW)


def told(sequence: int, **silent: float) -> LinksHeard:
    spans = {name.removeprefix("r"): seconds for name, seconds in silent.items()}
    return LinksHeard(id=f"l{sequence}", origin=NATION, destination=HUBEI, sequence=sequence, silent=spans, at=NOW)


class LinkBehaviour:
    """Run with a fixture `book`."""

    async def test_it_is_ones_turn_once_a_beat_and_after_a_clock_was_set_back(self, book: LinkBook) -> None:
        first = await book.turn(NOW, BEAT)
        assert first == int(NOW.timestamp() * 1000)
        assert await book.turn(NOW, BEAT) is None
        assert await book.turn(NOW + BEAT / 2, BEAT) is None
        second = await book.turn(NOW + BEAT, BEAT)
        assert second == first + 10_000
        assert await book.turn(NOW - timedelta(minutes=10), BEAT) == second + 1

    async def test_a_beat_that_is_repeated_or_overtaken_is_none(self, book: LinkBook) -> None:
        await take_beats(book, [beat(2), beat(1), beat(7, ZHEJIANG)], NOW)
        assert sorted(await book.links()) == [Link(ZHEJIANG, NOW), Link(HUBEI, NOW)]
        await take_beats(book, [beat(2), beat(1), beat(8, ZHEJIANG)], LATER)
        assert sorted(await book.links()) == [Link(ZHEJIANG, LATER), Link(HUBEI, NOW)]

    async def test_the_last_word_of_the_hub_counts(self, book: LinkBook) -> None:
        await take_links(book, [told(3, r420000=12.5, r100000=0), told(2, r420000=2)], NOW)
        await take_links(book, [told(1, r420000=1)], LATER)
        assert sorted(await book.links()) == [Link(NATION, NOW), Link(HUBEI, NOW, timedelta(seconds=12.5))]

    async def test_what_is_sent_comes_once_in_turn(self, book: LinkBook) -> None:
        for now in (NOW, NOW, NOW + BEAT):
            assert await send_beat(book, HUBEI, NATION, now) is False
            assert await tell_links(book, NATION, [HUBEI, ZHEJIANG], now) is False
