"""A connector that meets too much that is strange waits for an officer, and takes nothing meanwhile."""

from datetime import datetime

import msgspec

from services.connector.handlers.page import Desk
from services.connector.ports import Page, State


async def held_by_faults(desk: Desk, state: State, now: datetime) -> State:
    """The state, held when more rows cannot be read than the definition and the officers allow."""
    if state.held is not None:
        return state
    counts = await desk.book.counts(state)
    if counts.faults <= desk.definition.most_faults + state.allowed:
        return state
    return await desk.book.write(msgspec.structs.replace(state, held="many_faults"), Page(), now)
