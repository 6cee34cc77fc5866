"""`python -m demo.newcomer 460000`: a new region live beside the nation and a neighbor, in real time, on this machine.

The new region runs before it is a member: docs/new-region.md says how it joins. Addresses, and tokens of made-up
officers, are in `<data>/live.env`.
"""

import argparse
import logging
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import uvloop

from chassis.clock import SystemClock
from chassis.documents import DocumentError
from chassis.http.app import create_app
from chassis.kafka.model import BrokerError
from chassis.log import configure
from chassis.migrate import ensure_database, with_database
from chassis.run import stop_on_signals
from chassis.server import HttpServer
from chassis.settings import ChassisSettings
from demo.identity import ISSUER, DemoIdentity, identity_router
from demo.processes import RegionProcesses
from demo.run import Crew
from demo.settings import NATION, ZHEJIANG, DemoError
from deploy.keys import make_keys
from deploy.local.errors import StackError
from deploy.local.launch import Progress
from deploy.local.preflight import LOOPBACK, free_port
from deploy.local.settings import LocalSettings
from deploy.local.stack import Stack, embedded_stack

LIVE: Final = "live.env"
IDENTITY_KEY: Final = "identity.jwk"
OFFICERS: Final = {"FIRST": "officer-1", "SECOND": "officer-2"}
"""Two officers of the nation, each a verified person, by the variable that names the file of the token."""


@dataclass(frozen=True)
class Plan:
    """What is started: the region, beside whom, from which folder of regions, and where all of it is kept."""

    region: str
    neighbor: str
    regions: Path
    data: Path

    @property
    def keys(self) -> Path:
        """A folder of keys a region, and the national catalogue."""
        return self.data / "keys"

    @property
    def all(self) -> Sequence[str]:
        """The nation first: its hub makes what lies between regions."""
        return NATION, self.neighbor, self.region


async def run(plan: Plan, progress: Progress) -> None:
    """Start all and stay until Ctrl-C. Raises DemoError and StackError, which say what to do."""
    stop = stop_on_signals()
    crew = Crew()
    async with AsyncExitStack() as exits:
        stack = await exits.enter_async_context(embedded_stack(plan.data, progress=progress))
        _make_keys(plan)
        settings = _settings(stack)
        identity = DemoIdentity.of(settings, plan.data / IDENTITY_KEY)
        app = create_app(title="identity", version="demo", settings=settings, clock=SystemClock(), checks=())
        app.include_router(identity_router(settings, identity))
        port = free_port()
        await exits.enter_async_context(crew.beside(HttpServer(app, LOOPBACK, port).run))
        processes = RegionProcesses(plan.all, plan.data / "logs")
        exits.push_async_callback(processes.stop)
        for region in plan.all:
            await ensure_database(stack.database_url, f"hc_{region}")
            processes.start(region, _environment(plan, stack, region, f"http://{LOOPBACK}:{port}"))
        await processes.ready()
        _tell(plan, processes.urls, f"http://{LOOPBACK}:{port}", identity)
        for region, url in processes.urls.items():
            progress(f"{region} answers at {url}")
        progress(f"live; addresses and tokens are in {plan.data / LIVE}; Ctrl-C ends it")
        await stop.wait()


def _make_keys(plan: Plan) -> None:
    """The nation's and the neighbor's with the catalogue; the new region's beside them, and in no catalogue yet."""
    since = datetime.now(UTC).replace(microsecond=0)
    catalogue = make_keys(plan.keys, plan.regions, [NATION, plan.neighbor], valid_from=since)
    own = catalogue.with_name(f"{plan.region}.json")  # of a catalogue of its own alone nobody takes notice
    make_keys(plan.keys, plan.regions, [plan.region], valid_from=since, catalogue=own)
    own.unlink()


def _environment(plan: Plan, stack: Stack, region: str, identity_url: str) -> dict[str, str]:
    return {
        "HC_MODE": "demo",
        "HC_LOG_FORMAT": "json",
        "HC_REGIONS": str(plan.regions.resolve()),
        "HC_SECRETS": str((plan.keys / region).resolve()),
        "HC_CATALOGUE": str((plan.keys / "catalogue.json").resolve()),
        "HC_JWKS_URL": identity_url + "/jwks.json",
        "HC_JWT_ISSUER": ISSUER,
        "KAFKA_BOOTSTRAP": stack.kafka_bootstrap,
        "DATABASE_URL": with_database(stack.database_url, f"hc_{region}"),
    }


def _settings(stack: Stack) -> ChassisSettings:
    return ChassisSettings(
        region=NATION,
        mode="demo",
        kafka_bootstrap=stack.kafka_bootstrap,
        database_url=stack.database_url,
        jwt_issuer=ISSUER,
    )


def _tell(plan: Plan, urls: Mapping[str, str], identity_url: str, identity: DemoIdentity) -> None:
    """Write what a second terminal needs: variables for a shell, and the officers' tokens as files."""
    lines = {
        "KEYS": str(plan.keys),
        "NATION": urls[NATION],
        "NEIGHBOR": urls[plan.neighbor],
        "REGION": urls[plan.region],
        "IDENTITY": identity_url,
        "NEIGHBOR_CODE": plan.neighbor,
        "REGION_CODE": plan.region,
    }
    for name, officer in OFFICERS.items():
        path = plan.data / f"{officer}.token"
        path.touch(mode=0o600)
        token = identity.token(officer, roles=["officer"], region=NATION, person=officer, authority="100000-nhc")
        path.write_text(token, "utf-8")
        lines[name] = str(path)
    text = "".join(f"export {name}='{value}'\n" for name, value in lines.items())
    (plan.data / LIVE).write_text(text, "utf-8")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m demo.newcomer", description=__doc__)
    parser.add_argument("region", help="the code of a folder in --regions")
    parser.add_argument("--neighbor", default=ZHEJIANG, help=f"the code of another one; {ZHEJIANG}")
    parser.add_argument("--regions", type=Path, default=Path("regions"), help="the folder of the regions' data")
    parser.add_argument(
        "--data", type=Path, default=LocalSettings().data / "region", help="the folder for all it keeps"
    )
    given = parser.parse_args()
    if not (given.regions / given.region / "region.yaml").is_file():
        sys.exit(
            f"There is no {given.regions / given.region}: `healthcode-admin region new {given.region}` writes one."
        )
    configure("auto", "warning")
    logging.getLogger("aiokafka.producer.sender").setLevel(logging.ERROR)  # it warns while a new topic gets its leader
    try:
        uvloop.run(run(Plan(given.region, given.neighbor, given.regions, given.data), print))
    except (DemoError, StackError, DocumentError, BrokerError) as fault:
        sys.exit(str(fault))


if __name__ == "__main__":
    main()
