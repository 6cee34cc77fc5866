"""Statements that arrive together share a transaction: one commit for many, and nobody waits for a timer."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from services.declaration.domain.statement import Acceptance
from services.declaration.handlers.acceptance import write
from services.declaration.ports import Answer, Claim, Units

MOST: Final = 64
DRAINS: Final = 2
"""Transactions at once: the next one is prepared while the disk takes the last one's commit."""


class Filing(msgspec.Struct, frozen=True):
    """An acceptance and what it will be answered; with a claim it has that effect and answer once."""

    acceptance: Acceptance
    answer: Answer
    claim: Claim | None = None


class Outcome(msgspec.Struct, frozen=True):
    """What is answered, and whether that was answered before."""

    answer: Answer
    replayed: bool = False


Waiting = tuple[Filing, "asyncio.Future[Outcome]"]


class Gathering:
    """Takes filings one at a time and writes together those that wait."""

    def __init__(self, units: Units, now: Callable[[], datetime]) -> None:
        self._units = units
        self._now = now
        self._waiting: deque[Waiting] = deque()
        self._drains: set[asyncio.Task[None]] = set()

    async def file(self, filing: Filing) -> Outcome:
        """Return once it is committed. Raises KeyReused, and what the stores raise."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((filing, future))
        if len(self._drains) < DRAINS:
            drain = asyncio.create_task(self._drain())
            self._drains.add(drain)
            drain.add_done_callback(self._drains.discard)
        return await future

    async def _drain(self) -> None:
        while self._waiting:
            await self._settle(self._together())

    def _together(self) -> list[Waiting]:
        """Those who wait, each key once: the same key again finds the answer in the next transaction."""
        taken: list[Waiting] = []
        claims: set[tuple[str, str]] = set()
        behind: list[Waiting] = []
        while self._waiting and len(taken) < MOST:
            filing, future = self._waiting.popleft()
            name = (filing.claim.client, filing.claim.key) if filing.claim else None
            (behind if name in claims else taken).append((filing, future))
            if name:
                claims.add(name)
        self._waiting.extendleft(reversed(behind))
        return taken

    async def _settle(self, together: Sequence[Waiting]) -> None:
        """One transaction; when it fails, each of them alone, so that none fails for another's sake."""
        try:
            outcomes = await self._transact([filing for filing, _ in together])
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is raised where it was asked for
            if len(together) > 1:
                await asyncio.gather(*(self._settle([alone]) for alone in together))
                return
            outcomes = [fault]
        for (_, future), outcome in zip(together, outcomes, strict=True):
            if future.done():  # the caller has gone
                continue
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

    async def _transact(self, filings: Sequence[Filing]) -> list[Outcome | Exception]:
        async with self._units.begin() as unit:
            claimed = [(filing.claim, filing.answer) for filing in filings if filing.claim is not None]
            known = await unit.answers.file(claimed, self._now()) if claimed else {}
            fresh = [filing for filing in filings if filing.claim not in known]
            await write(unit, [filing.acceptance for filing in fresh])
        return [_outcome(filing, known.get(filing.claim) if filing.claim else None) for filing in filings]


def _outcome(filing: Filing, known: Answer | Exception | None) -> Outcome | Exception:
    if known is None:
        return Outcome(filing.answer)
    return known if isinstance(known, Exception) else Outcome(known, replayed=True)
