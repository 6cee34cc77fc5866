"""Looking at codes: one row by primary key; those who ask at the same time share one query."""

import asyncio
from typing import Final

from chassis.postgres.pool import Pool
from healthcode.events import CodeChanged
from services.issuer.store.rows import state_of

READ: Final = "SELECT subject, event FROM code WHERE subject = ANY($1)"

LARGEST: Final = 500  # people a query
WAITING: Final = 2  # queries at a time; while they run, those who ask gather for the next


class PostgresViews:
    """Implements Views over the service's pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._asked: dict[str, asyncio.Future[bytes | None]] = {}
        self._running = 0
        self._tasks: set[asyncio.Task[None]] = set()  # the loop itself holds tasks but weakly

    async def code(self, subject: str) -> CodeChanged | None:
        """See Views."""
        event = await self._row(subject)
        return None if event is None else state_of(event)

    async def _row(self, subject: str) -> bytes | None:
        answer = self._asked.get(subject)
        if answer is None:
            answer = asyncio.get_running_loop().create_future()
            self._asked[subject] = answer
            if self._running < WAITING:
                self._start()
        # A caller who goes away must not take the answer from the others.
        return await asyncio.shield(answer)

    def _start(self) -> None:
        self._running += 1
        task = asyncio.get_running_loop().create_task(self._answer_all())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer_all(self) -> None:
        """Answer those who have asked until nobody has."""
        try:
            while self._asked:
                subjects = list(self._asked)[:LARGEST]
                await self._answer({subject: self._asked.pop(subject) for subject in subjects})
        finally:
            self._running -= 1

    async def _answer(self, answers: dict[str, asyncio.Future[bytes | None]]) -> None:
        try:
            rows = await self._pool.fetch(READ, list(answers))
        except Exception as failure:  # noqa: BLE001 - each of them gets it, and those who ask next their own try
            for answer in answers.values():
                answer.set_exception(failure)
                answer.exception()  # one that nobody waits for any more is no complaint
            return
        found: dict[str, bytes] = {row["subject"]: row["event"] for row in rows}
        for subject, answer in answers.items():
            answer.set_result(found.get(subject))
