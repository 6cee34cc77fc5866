"""Look at all rows: what is gone is withdrawn, and what a round missed is taken."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from services.connector.domain import Definition, gone
from services.connector.handlers.hold import held_by_faults
from services.connector.handlers.page import Desk, page_of
from services.connector.ports import Page, Source, State

FEW: Final = 50
"""So many entries may go at once, whatever share of all they are."""


def sweep_is_due(definition: Definition, state: State, now: datetime) -> bool:
    """Whether all rows are to be looked at; a sweep that was begun goes on."""
    if state.sweeping or state.swept_at is None:
        return True
    return now - state.swept_at >= timedelta(seconds=definition.sweep_seconds)


async def sweep_page(desk: Desk, source: Source, state: State, now: datetime) -> tuple[State, int]:
    """One page of a sweep, and how many rows were read; behind the last one, a page of withdrawals, until none is left.

    Raises Away, Unusable, Superseded.
    """
    if not state.sweeping:
        begun = msgspec.structs.replace(state, sweep=state.sweep + 1, sweeping=True, sweep_after=None)
        state = await desk.book.write(begun, Page(), now)
    rows = await source.all(state.sweep_after, desk.definition.page)
    if rows:
        page = await page_of(desk, rows)
        moved = msgspec.structs.replace(state, sweep_after=rows[-1].key)
        return await held_by_faults(desk, await desk.book.write(moved, page, now), now), len(rows)
    return await _withdraw(desk, state, now), 0


async def _withdraw(desk: Desk, state: State, now: datetime) -> State:
    """A page of withdrawals; so many at once that it looks like a mistake wait for an officer."""
    definition = desk.definition
    if state.gone_allowed < state.sweep:
        counts = await desk.book.counts(state)
        if counts.unmet > max(FEW, definition.most_gone * counts.standing):
            return await desk.book.write(msgspec.structs.replace(state, held="many_gone"), Page(), now)
        allowed = msgspec.structs.replace(state, gone_allowed=state.sweep)
        state = await desk.book.write(allowed, Page(), now)
    unmet = await desk.book.unmet(state, definition.page)
    if not unmet:
        ended = msgspec.structs.replace(state, sweeping=False, sweep_after=None, swept_at=now)
        return await desk.book.write(ended, Page(), now)
    settled = [gone(known) for known in unmet]
    page = Page(known=[known for known, _ in settled], events=[event for _, events in settled for event in events])
    return await desk.book.write(state, page, now)
