"""Count a batch and raise the alarms that it gives cause for."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from healthcode.values import AlarmKind
from services.oversight.domain.alarm import Signal, clear_alarm
from services.oversight.domain.count import Kind, Line
from services.oversight.domain.judge import bulk_recolorings, decisions_by_hand, unusual_rules
from services.oversight.domain.tally import Tally
from services.oversight.domain.thresholds import Thresholds
from services.oversight.domain.window import BUCKET, window_ending
from services.oversight.handlers.alarm import Rules, raise_alarms
from services.oversight.ports import Arrival, Books, Place, Position


class Counted(NamedTuple):
    """What became of a batch: where each partition now stands, what in it was new, and how many came too late."""

    positions: dict[Place, Position]
    fresh: list[Arrival]
    late: int


async def count(
    books: Books,
    arrivals: Sequence[Arrival],
    ends: Mapping[Place, int],
    rules: Rules,
    now: datetime,
) -> Counted:
    """Count what was not counted before; what comes twice changes nothing.

    `ends`: the offset behind each partition's last record. A position beyond it is of a log that is no more.
    """
    positions = await books.lock({arrival.place for arrival in arrivals})
    for place, position in positions.items():
        if position.next_offset > ends.get(place, position.next_offset):
            positions[place] = Position()
    tally, fresh = Tally(), []
    for arrival in arrivals:
        if arrival.offset < positions[arrival.place].next_offset:
            continue
        fresh.append(arrival)
        positions[arrival.place] = _after(positions[arrival.place], arrival)
        if arrival.seen is not None:
            latest = positions[arrival.place].latest or arrival.seen.at
            tally.add(arrival.seen, latest, rules.thresholds.lateness)
    await books.move(positions)
    if tally.cells:
        await books.add(tally)
        await _heard(books, tally, rules, now)
        await raise_alarms(books, await _signals(books, tally.buckets, rules.thresholds), rules, now)
    return Counted(positions, fresh, tally.late)


def _after(position: Position, arrival: Arrival) -> Position:
    latest, seen = position.latest, arrival.seen
    if seen is not None and (latest is None or seen.at > latest):
        latest = seen.at
    return Position(arrival.offset + 1, latest)


async def _heard(books: Books, tally: Tally, rules: Rules, now: datetime) -> None:
    """Sources were heard of: their silence is over."""
    if not tally.heard:
        return
    known = await books.rhythms(tally.heard)
    after = {source: known[source].heard(hours) for source, hours in tally.heard.items()}
    await books.keep_rhythms({source: rhythm for source, rhythm in after.items() if rhythm != known[source]})
    silent = [alarm for alarm in await books.open_alarms() if alarm.event.kind is AlarmKind.SILENT_SOURCE]
    over = [alarm for alarm in silent if alarm.event.source in tally.heard]
    await books.keep([clear_alarm(alarm, now, rules.ids) for alarm in over])


async def _signals(books: Books, buckets: Sequence[datetime], thresholds: Thresholds) -> list[Signal]:
    bulk, unusual, by_hand = thresholds.bulk_recoloring, thresholds.unusual_rule, thresholds.by_hand
    found: list[Signal] = []
    people = await books.people()
    for end, sums in (await _windows(books, buckets, bulk.window, Kind.STRICTER)).items():
        found += bulk_recolorings(sums, people, window_ending(end - BUCKET, bulk.window), bulk)
    for end, sums in (await _windows(books, buckets, by_hand.window, Kind.BY_HAND)).items():
        found += decisions_by_hand(sums, window_ending(end - BUCKET, by_hand.window), by_hand)
    windows = await _windows(books, buckets, unusual.window, Kind.FINDING)
    crowded = {end: sums for end, sums in windows.items() if max(sums.values()) >= unusual.least}
    usually = await books.sums([end - unusual.window for end in crowded], unusual.baseline, {Kind.FINDING})
    for end, sums in crowded.items():
        before = usually.get(end - unusual.window, {})
        found += unusual_rules(sums, before, window_ending(end - BUCKET, unusual.window), unusual)
    return found


async def _windows(
    books: Books, buckets: Sequence[datetime], size: timedelta, kind: Kind
) -> dict[datetime, dict[Line, int]]:
    return await books.sums([bucket + BUCKET for bucket in buckets], size, {kind})
