"""One worker for each member of a set that changes while the process runs."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from chassis.pulse import Pulse
from chassis.run import supervise
from chassis.stream.model import StreamSpec
from chassis.stream.worker import StreamWorker

LOOK_SECONDS: Final = 1.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Hand:
    worker: StreamWorker
    stop: asyncio.Event
    task: "asyncio.Task[None]"


class Crew:
    """Runs a worker for each member there is: who joins gets one within a second, who goes loses it.

    Every worker has a consumer, and so a connection and a group, of its own: nothing that lies on one member's topics
    is in the way of another's.
    """

    def __init__(
        self,
        name: str,
        members: Callable[[], Collection[str]],
        spec: Callable[[str], StreamSpec],
        worker: Callable[[StreamSpec], StreamWorker],
        prepare: Callable[[Collection[str]], Awaitable[None]],
    ) -> None:
        """`prepare` is told of members before their workers start: it makes the topics that they read."""
        self._name = name
        self._members = members
        self._spec = spec
        self._worker = worker
        self._prepare = prepare
        self._hands: dict[str, _Hand] = {}
        self.pulse = Pulse()

    @property
    def specs(self) -> Sequence[StreamSpec]:
        """What is consumed now, by the members there are."""
        return [self._spec(member) for member in sorted(self._members())]

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set; what is in hand is finished. Raises what a worker failed with for good."""
        try:
            while not stop.is_set():
                await self._match()
                self.pulse.beat(self._trouble())
                await self._until_news(stop)
        except asyncio.CancelledError:
            for hand in self._hands.values():
                hand.task.cancel()
            raise
        finally:
            self.pulse.end()
            await self._leave(self._hands)

    async def _match(self) -> None:
        """Workers for those who joined, and none for those who went or whose worker has failed."""
        members = set(self._members())
        await self._leave([member for member in self._hands if member not in members])
        joining = sorted(members - self._hands.keys())
        if joining:
            await self._prepare(joining)
        for member in joining:
            worker, stop = self._worker(self._spec(member)), asyncio.Event()
            task = asyncio.create_task(supervise(f"{self._name}.{member}", worker, stop))
            self._hands[member] = _Hand(worker, stop, task)
            log.info("member_joined", crew=self._name, member=member)

    async def _leave(self, members: Collection[str]) -> None:
        """Let these end what they have in hand. Raises what one of them failed with."""
        hands = [self._hands.pop(member) for member in list(members)]
        for hand in hands:
            hand.stop.set()
        if hands:
            await asyncio.wait([hand.task for hand in hands])
        for hand in hands:
            hand.task.result()

    async def _until_news(self, stop: asyncio.Event) -> None:
        """Wait a second, or until `stop`, or until a worker has failed for good, which is raised."""
        stopping = asyncio.create_task(stop.wait())
        tasks = [hand.task for hand in self._hands.values()]
        try:
            await asyncio.wait([stopping, *tasks], timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
        for task in tasks:
            if task.done():
                task.result()

    def _trouble(self) -> str | None:
        """What keeps the first of the workers from its work that does none."""
        found = ((member, hand.worker.pulse.trouble()) for member, hand in sorted(self._hands.items()))
        return next((f"{member}: {trouble}" for member, trouble in found if trouble), None)
