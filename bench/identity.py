"""Who the load says it is: tokens of the demo's identity provider, whose keys are served over HTTP beside it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from demo.identity import DemoIdentity
from deploy.local.preflight import LOOPBACK, free_port

COUNTERS: Final = 50
"""So many callers share the load: a limit for each of them is not what is measured."""


@dataclass(frozen=True)
class Callers:
    """The settings that make a region trust the tokens, where it will answer, the tokens, and who makes more."""

    settings: Mapping[str, str]
    url: str
    tokens: tuple[str, ...]
    identity: DemoIdentity


@asynccontextmanager
async def callers(region: str) -> AsyncIterator[Callers]:
    """Counters of a region, who may declare for anybody."""
    identity = DemoIdentity()
    answer = json.dumps(identity.jwks()).encode()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Whatever is asked: the keys."""
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(answer)}\r\n"
        writer.write(f"{head}connection: close\r\n\r\n".encode() + answer)
        await writer.drain()
        writer.close()

    port = free_port()
    async with await asyncio.start_server(serve, LOOPBACK, 0) as server:
        settings = {
            "HC_MODE": "demo",
            "HC_JWKS_URL": f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}/jwks.json",
            "HC_JWT_ISSUER": identity.issuer,
            "HC_JWT_AUDIENCE": identity.audience,
            "HC_HTTP_PORT": str(port),
        }
        tokens = (
            identity.token(f"counter-{number}", roles=["counter"], region=region, authority="bench", person=f"{number}")
            for number in range(COUNTERS)
        )
        yield Callers(settings, f"http://{LOOPBACK}:{port}", tuple(tokens), identity)
