"""`python -m demo.provider`: the demonstration's identity provider as a process, for stacks in containers."""

import asyncio
import sys
from pathlib import Path
from typing import Final

import uvloop

from chassis.clock import SystemClock
from chassis.http.app import create_app
from chassis.log import configure
from chassis.run import stop_on_signals
from chassis.server import HttpServer
from chassis.settings import ChassisSettings, SettingsError
from demo.identity import DemoIdentity, NotADemoError, identity_router
from demo.signin import BODIES

KEY: Final = "identity.jwk"


async def serve(settings: ChassisSettings, stop: asyncio.Event) -> None:
    """Serve keys and tokens until `stop`; the key is kept beside the secrets, so that tokens outlive a restart.

    Raises NotADemoError outside demo mode.
    """
    identity = DemoIdentity.of(settings, (settings.secrets or Path()) / KEY)
    app = create_app(title="identity", version="demo", settings=settings, clock=SystemClock(), checks=(), bodies=BODIES)
    app.include_router(identity_router(settings, identity))
    await HttpServer(app, settings.http_host, settings.http_port).run(stop)


async def main() -> None:
    """Read the settings, and serve until told to stop."""
    settings = ChassisSettings.load()
    configure(settings.log_format, settings.log_level)
    await serve(settings, stop_on_signals())


if __name__ == "__main__":
    try:
        uvloop.run(main())
    except (SettingsError, NotADemoError) as fault:
        sys.exit(str(fault))
