"""The small HTTP client, against a server of a few lines."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from demo.http import Client

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def serve(socket_enabled: None) -> AsyncIterator[Callable[[Serve], Awaitable[Client]]]:
    servers: list[asyncio.Server] = []
    clients: list[Client] = []
    handled: list[asyncio.Future[None]] = []

    async def start(handler: Serve) -> Client:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            done = asyncio.get_running_loop().create_future()
            handled.append(done)
            await handler(reader, writer)
            writer.close()
            await writer.wait_closed()
            done.set_result(None)

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        servers.append(server)
        clients.append(Client(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
        return clients[-1]

    yield start
    for client in clients:
        await client.close()
    await asyncio.gather(*handled)
    for server in servers:
        server.close()
        await server.wait_closed()


async def request_of(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = next(int(line.split(":")[1]) for line in head.splitlines() if line.startswith("content-length"))
    return head, await reader.readexactly(length)


async def test_a_connection_serves_many_requests(serve: Callable[[Serve], Awaitable[Client]]) -> None:
    connections = 0

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while not reader.at_eof():
            try:
                head, body = await request_of(reader)
            except asyncio.IncompleteReadError:
                break
            assert "x-asked: yes" in head
            # in two pieces, and chunked as a server may
            writer.write(b"HTTP/1.1 202 Accepted\r\ntransfer-encoding: chunked\r\n\r\n")
            writer.write(f"{len(body):x}\r\n".encode() + body + b"\r\n")
            await writer.drain()
            writer.write(b"0\r\n\r\n")

    client = await serve(echo)
    for number in range(3):
        answer = await client.request("POST", "/v1/x", {"x-asked": "yes"}, f"body {number}".encode())
        assert (answer.status, answer.body) == (202, f"body {number}".encode())
    assert connections == 1


async def test_a_server_that_hangs_up_is_an_error(serve: Callable[[Serve], Awaitable[Client]]) -> None:
    async def hang_up(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await request_of(reader)

    client = await serve(hang_up)
    with pytest.raises(ConnectionError):
        await client.request("GET", "/", {})


async def test_a_closed_connection_is_not_used_again(serve: Callable[[Serve], Awaitable[Client]]) -> None:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
        await writer.drain()

    client = await serve(once)
    for _ in range(2):
        assert (await client.request("GET", "/", {})).body == b"ok"
