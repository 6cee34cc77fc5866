"""An event loop whose time is counted and whose order is drawn; and the processes that live, stop and die in it."""

import asyncio
from collections import deque
from collections.abc import Coroutine
from contextvars import Context, ContextVar
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any, Final, TypeVar

T = TypeVar("T")


class Killed(BaseException):
    """What a dead process meets wherever it touches the world."""


class Stuck(RuntimeError):  # noqa: N818 - says what is
    """Nothing is left that could happen."""


class Process:
    """What is killed, paused and started as one. Its tasks know it by their context."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.dead = False
        self.paused = False
        self.context = Context()
        self.context.run(PROCESS.set, self)
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self.ready: deque[asyncio.Handle] = deque()

    def check(self) -> None:
        """Raises when the process is dead."""
        if self.dead:
            raise Killed

    def start(self, work: Coroutine[Any, Any, T], name: str) -> "asyncio.Task[T]":
        """Run something in this process."""
        return asyncio.get_running_loop().create_task(work, name=f"{self.name} {name}", context=self.context)

    def kill(self) -> None:
        """Die at once: no task takes another step in the world, whatever stands in its `finally`."""
        self.dead = True
        for task in list(self.tasks):
            task.cancel()

    def __repr__(self) -> str:
        return self.name


PROCESS: Final[ContextVar["Process | None"]] = ContextVar("PROCESS", default=None)


class Ready:
    """What can run now, a queue for each process: which process goes on is drawn, in each the order is kept."""

    def __init__(self, random: Random, world: Process) -> None:
        self._random = random
        self._world = world
        self._awake: list[Process] = []

    def append(self, handle: asyncio.Handle) -> None:
        process = handle._context.get(PROCESS) or self._world  # type: ignore[attr-defined]  # asyncio's own field
        process.ready.append(handle)
        if len(process.ready) == 1 and not process.paused:
            self._awake.append(process)

    def draw(self) -> asyncio.Handle:
        """The next to run."""
        place = int(self._random.random() * len(self._awake)) if len(self._awake) > 1 else 0
        process = self._awake[place]
        handle = process.ready.popleft()
        if not process.ready:
            self._awake[place] = self._awake[-1]
            self._awake.pop()
        return handle

    def pause(self, process: Process) -> None:
        process.paused = True
        if process in self._awake:
            self._awake.remove(process)

    def resume(self, process: Process) -> None:
        process.paused = False
        if process.ready and process not in self._awake:
            self._awake.append(process)

    def clear(self) -> None:
        for process in self._awake:
            process.ready.clear()
        self._awake.clear()

    def __len__(self) -> int:
        return len(self._awake)


class SimLoop(asyncio.BaseEventLoop):
    """Runs one handle at a time; when none is ready, time goes on to the next timer. Nothing here waits or reads."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._now = 0.0
        self._world = Process("world")
        self._ready: Ready = Ready(random, self._world)
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._numbers = count()
        self.steps = 0
        self.failures: list[str] = []
        self._processes: dict[Process, None] = {}

    def time(self) -> float:
        return self._now

    def processes(self) -> list[Process]:
        """All that ever ran something."""
        return list(self._processes)

    def pause(self, process: Process) -> None:
        """Let a process take no step until it is resumed."""
        self._ready.pause(process)

    def resume(self, process: Process) -> None:
        """Let it go on."""
        self._ready.resume(process)

    def create_task(self, coro: Any, *, name: Any = None, context: Context | None = None) -> "asyncio.Task[Any]":
        task = super().create_task(coro, name=name, context=context)
        process = (PROCESS.get() if context is None else context.get(PROCESS)) or self._world
        process.tasks[task] = None
        self._processes[process] = None
        task.add_done_callback(lambda done: process.tasks.pop(done, None))
        return task

    def call_at(  # type: ignore[override]  # typeshed knows which arguments a callback takes
        self, when: float, callback: Any, *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        heappush(self._timers, (when, next(self._numbers), timer))
        return timer

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None: ...

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """What nobody waits for any more; of the dead, nobody wants to know."""
        failure = context.get("exception")
        if not isinstance(failure, Killed):
            self.failures.append(f"{context.get('message')}: {failure!r}")

    def _run_once(self) -> None:
        timers, ready = self._timers, self._ready
        while timers and timers[0][2].cancelled():
            heappop(timers)
        if not ready:
            if not timers:
                raise Stuck("nothing is left that could happen")
            self._now = max(self._now, timers[0][0])
        while timers and timers[0][0] <= self._now:
            ready.append(heappop(timers)[2])
        if not ready:
            return
        handle = ready.draw()
        if not handle._cancelled:
            self.steps += 1
            handle._run()

    def _process_events(self, event_list: Any) -> None: ...

    def _write_to_self(self) -> None: ...
