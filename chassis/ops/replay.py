"""Dead letters handled once more: decision and effect are one transaction, so nothing is ever done twice.

Nothing goes through the topic again: others read it too, and have taken the record long ago.
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from chassis import outbox
from chassis.ops import acts
from chassis.ops.desk import OpsDesk
from chassis.ops.letters import Letter
from chassis.postgres.errors import CONFLICTS, OUTAGES
from chassis.postgres.pool import Connection
from chassis.stream import dead_letters
from chassis.stream.hand_over import handle_now
from chassis.stream.model import Committed, Delivery, Rejected, StreamSpec

What = Literal["replayed", "rejected", "parked", "failed", "decided", "cut", "dropped"]
PASSING: Final = (*CONFLICTS, *OUTAGES)


class Outcome(NamedTuple):
    """What became of a letter. `why`: the code of a rejection, or the type of an error."""

    letter: Letter
    what: What
    why: str | None = None


async def replay(
    connection: Connection, desk: OpsDesk, letters: Sequence[Letter], act: int, after: list[Committed]
) -> list[Outcome]:
    """Handle letters in their order, each in a savepoint of the caller's transaction; `after` is called behind it.

    One that is refused again becomes a new letter that names the first; one that fails for another reason stays open.
    """
    outcomes: list[Outcome] = []
    for consumer, spec in sorted(desk.specs.items()):
        theirs = [letter for letter in letters if letter.consumer == consumer]
        if theirs:
            await acts.hold(connection, consumer)
            outcomes += [await _replay(connection, desk.service, spec, letter, act, after) for letter in theirs]
    return outcomes


async def drop(connection: Connection, letters: Sequence[Letter], act: int) -> list[Outcome]:
    """Decide that nothing is to be done about these letters."""
    return [
        Outcome(letter, "dropped" if await acts.decide(connection, letter, "dropped", act) else "decided")
        for letter in letters
    ]


async def _replay(
    connection: Connection, service: str, spec: StreamSpec, letter: Letter, act: int, after: list[Committed]
) -> Outcome:
    if letter.cut is not None:
        return Outcome(letter, "cut")
    try:
        async with connection.transaction():
            if not await acts.decide(connection, letter, "replayed", act):
                return Outcome(letter, "decided")
            what, done = await _handle(connection, spec, letter)
    except Rejected as verdict:
        await acts.decide(connection, letter, "replayed", act)
        again = dead_letters.dead_letter(
            letter.record, verdict.code, verdict.detail, consumer=f"{service}.{spec.consumer}", replay_of=letter.id
        )
        await outbox.append(connection, service, [again], lane=spec.lane)
        return Outcome(letter, "rejected", verdict.code)
    except PASSING:
        raise
    except Exception as fault:  # noqa: BLE001 - whatever it is, the letter stays where it is, and its sender hears why
        return Outcome(letter, "failed", type(fault).__name__)
    after += [done] if done else []
    return Outcome(letter, what)


async def _handle(connection: Connection, spec: StreamSpec, letter: Letter) -> tuple[What, Committed | None]:
    """Behind parked records of its key a letter waits as any record does."""
    event = spec.decode(letter.record)
    if await dead_letters.parked_keys(connection, spec.consumer, [letter.record.key or b""]):
        await dead_letters.park(connection, spec.consumer, [letter.record], dead_letters.BEHIND)
        return "parked", None
    return "replayed", await handle_now(connection, spec.consumer, spec, [Delivery(letter.record, event)])
