"""An employer's batch: chunk by chunk, each in a short transaction, so that it can stop anywhere and be sent again."""

import asyncio
import secrets

from services.declaration.domain.batch import CHUNK_LINES, Batch, Line, LineFaults, Progress, Sending, Tally
from services.declaration.domain.fault import NotFound, Refused
from services.declaration.domain.ids import line_id
from services.declaration.domain.people import Caller
from services.declaration.domain.statement import Acceptance
from services.declaration.handlers.acceptance import Slot, accepted, write
from services.declaration.handlers.desk import Desk
from services.declaration.ports import Lines, Unit, Units

BREATH_LINES = 50
"""After so many lines other requests get their turn."""


async def receive(desk: Desk, units: Units, caller: Caller, sending: Sending, lines: Lines) -> Batch:
    """Accept the good lines and list the faults of the others; the same sending again goes on where it stopped.

    Nobody vouches for lines of a file, so all but the sender's own are `other`. Raises InFlight, KeyReused.
    """
    at = desk.now()
    mine = Batch(id=desk.new_id(at), sending=sending, runner=secrets.token_hex(8), received_at=at)
    async with units.begin() as unit:
        batch = await unit.batches.take(mine)
    sender = Caller(caller.account, frozenset(), caller.subject)
    while not batch.finished:
        batch = await _chunk(desk, units, sender, batch, lines)
    return batch


async def progress(unit: Unit, caller: Caller, ident: str) -> Progress:
    """How far a batch has come. Raises NotFound also when it is not the caller's."""
    found = await unit.batches.progress(ident)
    if found is None or found.batch.sending.account != caller.account:
        raise NotFound
    return found


async def _chunk(desk: Desk, units: Units, sender: Caller, batch: Batch, lines: Lines) -> Batch:
    """All that takes time is done before the transaction begins: every relay waits for the oldest one."""
    end = min(batch.done + CHUNK_LINES, len(lines))
    acceptances: list[Acceptance] = []
    refused: list[LineFaults] = []
    for start in range(batch.done, end, BREATH_LINES):
        for line in lines.read(start, min(start + BREATH_LINES, end)):
            outcome = _judged(desk, sender, batch, line)
            if isinstance(outcome, Acceptance):
                acceptances.append(outcome)
            else:
                refused.append(outcome)
        await asyncio.sleep(0)
    async with units.begin() as unit:
        await write(unit, acceptances)
        tally = Tally(len(acceptances), tuple(refused))
        return await unit.batches.advance(batch, tally, end, finished=end == len(lines))


def _judged(desk: Desk, sender: Caller, batch: Batch, line: Line) -> Acceptance | LineFaults:
    if line.said is None:
        return LineFaults(line.number, line.faults)
    slot = Slot(line_id(batch.id, batch.received_at, line.number), desk.now(), batch.id, line.number)
    try:
        return accepted(desk, sender, line.said, slot)
    except Refused as refusal:
        return LineFaults(line.number, refusal.faults)
