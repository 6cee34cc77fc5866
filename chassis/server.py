"""The HTTP server as a component beside the others."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Final

import structlog
import uvicorn
from fastapi import FastAPI

STOP_SECONDS: Final = 10

log = structlog.get_logger()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say that it listens as soon as it does."""
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process: it stops all components together."""
        yield


class HttpServer:
    """Serves an application until it is told to stop; requests in hand are answered."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        """`port` 0 takes a free one; the log says which."""
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        self._server = _Server(config)

    async def run(self, stop: asyncio.Event) -> None:
        """Serve. Raises OSError when the port is taken."""
        self._server.config.load()
        serving = asyncio.create_task(self._server.serve())
        listening = asyncio.create_task(self._server.listening.wait())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({serving, listening}, return_when=asyncio.FIRST_COMPLETED)
            self._say_where()
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            listening.cancel()
            stopping.cancel()
            self._server.should_exit = True
            await serving
        if not stop.is_set():
            raise OSError("the HTTP server could not start: is the port taken? (HC_HTTP_PORT)")

    def _say_where(self) -> None:
        for server in self._server.servers if self._server.started else ():
            for listener in server.sockets:
                host, port = listener.getsockname()[:2]
                log.info("http_started", host=host, port=port)
