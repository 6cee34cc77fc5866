"""Beats of regions, and what the hub tells all of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from healthcode.events import LinkBeat, LinksHeard
from services.recognition.domain.link import BEAT, Link, beat, heard
from services.recognition.ports import LinkBook


async def send_beat(book: LinkBook, region: str, nation: str, now: datetime) -> bool:
    """Say that this region is there, if it is time; never twice at once. There is never more to do."""
    sequence = await book.turn(now, BEAT)
    if sequence is not None:
        await book.send([beat(region, nation, sequence, now)])
    return False


async def take_beats(book: LinkBook, beats: Sequence[LinkBeat], now: datetime) -> None:
    """Regions were heard; a beat that is repeated or overtaken is none."""
    latest = {each.origin: each for each in sorted(beats, key=lambda each: each.sequence)}
    await book.heard([(Link(code, now), each.sequence) for code, each in latest.items()])


async def tell_links(book: LinkBook, nation: str, regions: Iterable[str], now: datetime) -> bool:
    """Tell all regions what was heard of each, if it is time. There is never more to do."""
    sequence = await book.turn(now, BEAT)
    if sequence is not None:
        await book.send(heard(nation, regions, await book.links(), sequence, now))
    return False


async def take_links(book: LinkBook, told: Sequence[LinksHeard], now: datetime) -> None:
    """The hub was heard, and says of each region how long it was not; the last word counts."""
    last = max(told, key=lambda each: each.sequence)
    spans = {code: timedelta(seconds=max(0.0, seconds)) for code, seconds in last.silent.items()}
    await book.heard([(Link(code, now, silent), last.sequence) for code, silent in sorted(spans.items())])
