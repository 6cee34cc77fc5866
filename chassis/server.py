"""The HTTP server as a component beside the others."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Final

import structlog
import uvicorn
from fastapi import FastAPI

from chassis.settings import SettingsError

STOP_SECONDS: Final = 10
BACKLOG: Final = 2048

log = structlog.get_logger()


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process: it stops all components together."""
        yield


class HttpServer:
    """Serves an application until it is told to stop; requests in hand are answered."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        """`port` 0 takes a free one; the log says which."""
        self._app = app
        self._host = host
        self._port = port

    async def run(self, stop: asyncio.Event) -> None:
        """Serve. Raises SettingsError when the address cannot be had: waiting for it would hide that nobody serves."""
        with self._listener() as listener:
            host, port = listener.getsockname()[:2]
            server = _Server(self._config())
            serving = asyncio.create_task(server.serve([listener]))
            stopping = asyncio.create_task(stop.wait())
            log.info("http_started", host=host, port=port)
            try:
                await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                stopping.cancel()
                server.should_exit = True
                await serving
        if not stop.is_set():
            raise RuntimeError("the HTTP server ended by itself")

    def _config(self) -> uvicorn.Config:
        return uvicorn.Config(
            self._app,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_SECONDS,
        )

    def _listener(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        try:
            return socket.create_server((self._host, self._port), family=family, backlog=BACKLOG)
        except OSError as error:
            raise SettingsError(
                f"HC_HTTP_HOST, HC_HTTP_PORT: nobody can listen on {self._host}:{self._port} ({error.strerror});"
                " end the process that does, or choose another"
            ) from None
