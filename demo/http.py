"""A small HTTP/1.1 client for many small requests at once.

On the two cores of a laptop a general client took more processor time for a request than the service that answered it
(httpx: 2.5 ms against 2.1; this: 0.3), and it is the service that is shown. Plain HTTP to our own servers only.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Final, NamedTuple, cast
from urllib.parse import urlsplit

import httptools

CONNECTIONS: Final = 24
SECONDS: Final = 60.0


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes
    retry_after: float | None = None
    """Seconds after which the server asks to try again."""


class Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._body = bytearray()
        self._retry_after: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether another request can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    async def ask(self, request: bytes) -> Answer:
        """Send a request and wait for its answer. Raises ConnectionError, TimeoutError."""
        if self._transport is None:
            raise ConnectionResetError("the connection was closed")
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        async with asyncio.timeout(SECONDS):
            return await self._waiting

    def close(self) -> None:
        """Close it."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands (asyncio)."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but its bases

    def data_received(self, data: bytes) -> None:
        """Bytes came (asyncio)."""
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone (asyncio)."""
        self._transport = None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(exc or ConnectionResetError("the server closed the connection"))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header (httptools)."""
        if name.lower() == b"retry-after" and value.isdigit():
            self._retry_after = float(value)

    def on_body(self, body: bytes) -> None:
        """A piece of the body (httptools)."""
        self._body += body

    def on_message_complete(self) -> None:
        """The answer is whole (httptools)."""
        answer = Answer(self._parser.get_status_code(), bytes(self._body), self._retry_after)
        self._body, self._retry_after = bytearray(), None
        if not self._parser.should_keep_alive():
            self.close()
        self._parser = httptools.HttpResponseParser(self)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(answer)


class Client:
    """Keeps connections to one server."""

    def __init__(self, url: str, connections: int = CONNECTIONS) -> None:
        """`connections`: how many at once, at most."""
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._idle: deque[Connection] = deque()
        self._turns = asyncio.Semaphore(connections)

    async def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Send a request. Raises OSError (ConnectionError and TimeoutError are) when no answer came."""
        lines = [f"{method} {path} HTTP/1.1", f"host: {self._host}:{self._port}", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        request = "\r\n".join([*lines, "", ""]).encode() + body
        async with self._turns:
            connection = await self._connection()
            try:
                answer = await connection.ask(request)
            except BaseException:
                connection.close()
                raise
            self._idle.append(connection)
            return answer

    async def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            self._idle.pop().close()

    async def _connection(self) -> Connection:
        while self._idle:
            if (connection := self._idle.pop()).is_open:
                return connection
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, self._host, self._port)
        return connection
