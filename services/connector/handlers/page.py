"""Rows in, submissions out."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import NamedTuple

from healthcode.events import ListingSubmitted
from services.connector.domain import Definition, Known, Row, RowFault, Seen, draft_of, settle
from services.connector.ports import Book, Hand, Page


class Desk(NamedTuple):
    """What every step of one connector works with."""

    definition: Definition
    zone: tzinfo
    book: Book
    hand: Hand


async def page_of(desk: Desk, rows: Sequence[Row]) -> Page:
    """What these rows change; a key that came twice counts as it came last."""
    definition, by_key = desk.definition, {row.key: row for row in rows}
    before = await desk.book.known(definition.connector, list(by_key))
    faults: dict[str, tuple[str, str]] = {}
    known: list[Known] = []
    events: list[ListingSubmitted] = []
    for key, row in by_key.items():
        try:
            draft = draft_of(row, definition.fields, desk.zone)
        except RowFault as fault:
            faults[key] = (fault.code, fault.field)
            continue
        person, content = desk.hand.digests(draft)
        seen = Seen(key, draft, person, content)
        now_known, submitted = settle(definition.connector, definition.source, before.get(key), seen, desk.hand.seal)
        if submitted:
            known.append(now_known)
            events += submitted
    return Page(
        met=list(by_key), known=known, events=events, faults=faults, mended=[k for k in by_key if k not in faults]
    )
