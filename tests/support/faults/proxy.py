"""A wire between a service and its database or its broker that a test can cut, hold and take away."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

CHUNK: Final = 1 << 16
RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER: closing sends a reset at once, as when a machine in between has forgotten the connection."""


class Proxy:
    """Forwards TCP; all of it runs in a thread of its own."""

    def __init__(self, database_url: str) -> None:
        """`url` is the way to the same database through this wire."""
        self._target = urlsplit(database_url)
        self._loop = asyncio.new_event_loop()
        self._there, self._back = asyncio.Event(), asyncio.Event()
        self._there.set()
        self._back.set()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port: int = probe.getsockname()[1]

    @property
    def url(self) -> str:
        """The database's address through the wire."""
        login = self._target.netloc.rpartition("@")[0]
        return urlunsplit(self._target._replace(netloc=f"{login}@127.0.0.1:{self._port}"))

    def cut(self) -> None:
        """End every connection; new ones are let through."""
        self._call(self._cut)

    def refuse(self) -> None:
        """End every connection, and listen no more."""
        self._call(self._close)

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        return self._port

    def hold(self, *, there: bool = True, back: bool = True) -> None:
        """Take everything, and pass nothing on: `there` what is asked, `back` what is answered."""
        for held, flow in ((there, self._there), (back, self._back)):
            if held:
                self._call(flow.clear)

    def mend(self) -> None:
        """Let everything through."""
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)

    @classmethod
    @contextlib.contextmanager
    def of(cls, database_url: str) -> Iterator["Proxy"]:
        """A wire that works."""
        proxy = cls(database_url)
        thread = Thread(target=proxy._loop.run_forever, daemon=True)
        thread.start()
        proxy.mend()
        try:
            yield proxy
        finally:
            proxy.refuse()
            asyncio.run_coroutine_threadsafe(proxy._ended(), proxy._loop).result(10)
            proxy._loop.call_soon_threadsafe(proxy._loop.stop)
            thread.join(10)
            proxy._loop.close()

    def _call(self, what: Callable[[], Any]) -> None:
        done = Event()

        def call() -> None:
            what()
            done.set()

        self._loop.call_soon_threadsafe(call)
        assert done.wait(10)

    async def _open(self) -> None:
        self._there.set()
        self._back.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)

    async def _ended(self) -> None:
        """Until every connection's task has ended."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self._cut()

    def _cut(self) -> None:
        for writer in self._writers:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            there = await asyncio.open_connection(self._target.hostname, self._target.port)
        except OSError:
            writer.transport.abort()
            self._writers.discard(writer)
            return
        self._writers.add(there[1])
        pumps = [
            asyncio.create_task(self._pump(reader, there[1], self._there)),
            asyncio.create_task(self._pump(there[0], writer, self._back)),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        for each in (writer, there[1]):
            each.transport.abort()
            self._writers.discard(each)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, flow: asyncio.Event) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(CHUNK):
                await flow.wait()
                sink.write(data)
                await sink.drain()
