"""A terminal in which `healthcode-admin` is typed, against an app that really listens."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI


class Shell:
    """A terminal in which `healthcode-admin` is typed."""

    def __init__(self, url: str, token_file: Path) -> None:
        self._environment = {"HC_URL": url, "HC_TOKEN_FILE": str(token_file), "COLUMNS": "300", "LANG": "C.UTF-8"}

    async def run(self, *words: str, **environment: str) -> tuple[int, str, str]:
        """Exit code, stdout, stderr."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "cli", *words,
            env=self._environment | environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        return process.returncode or 0, out.decode(), err.decode()

    async def json(self, *words: str) -> Any:
        """What a command answers as JSON."""
        code, out, err = await self.run(*words, "--json")
        assert code == 0, out + err
        return json.loads(out)


@asynccontextmanager
async def shell_on(app: FastAPI, token: str, folder: Path) -> AsyncIterator[Shell]:
    """A terminal on an app that listens for so long."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(20):
        while not server.started:
            await asyncio.sleep(0.01)
    token_file = folder / "token"
    token_file.write_text(token)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Shell(f"http://127.0.0.1:{port}", token_file)
    server.should_exit = True
    await serving
