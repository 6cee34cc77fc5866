"""Take what changed since the last time."""

from datetime import datetime

import msgspec

from services.connector.domain import Row
from services.connector.handlers.hold import held_by_faults
from services.connector.handlers.page import Desk, page_of
from services.connector.ports import Source, State


async def pull_page(
    desk: Desk, source: Source, state: State, after: Row | None, now: datetime
) -> tuple[State, list[Row]]:
    """Take one page of a round; `after` is the last row of the page before it, None at the round's beginning.

    A round is over when its page is not full. Raises Away, Unusable, Superseded.
    """
    definition = desk.definition
    rows = await source.changed(state.mark, definition.overlap, after, definition.page)
    page = await page_of(desk, rows)
    ended = len(rows) < definition.page
    last = rows[-1] if rows else after
    # A round begins below the mark, so its rows may lower it; the first one only ever raises it.
    mark = last.mark if last and (ended or state.pulled_at is None) else state.mark
    moved = msgspec.structs.replace(state, mark=mark, pulled_at=now if ended else state.pulled_at)
    return await held_by_faults(desk, await desk.book.write(moved, page, now), now), rows
