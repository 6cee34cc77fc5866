"""Two regions and the nation between them as real processes, each on a database of its own."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from deploy.keys import make_keys
from deploy.local.stack import Stack
from tests.support.database import own_database
from tests.support.region import RegionProcesses, copy_of_zhejiang, free_port, region_processes

NATION = "100000"


@dataclass
class Neighbours:
    """`home` is where people are from, `host` where they go; `nation` runs the hub alone."""

    home: RegionProcesses
    host: RegionProcesses
    nation: RegionProcesses


@contextlib.contextmanager
def neighbours(stack: Stack, admin_url: str, folder: Path, home: str, host: str) -> Iterator[Neighbours]:
    """All of them, running; the codes of the regions have to be used by no other test on this broker."""
    with (
        own_database(admin_url) as first,
        own_database(admin_url) as second,
        own_database(admin_url) as third,
        region_processes(stack, first, folder, home, migrated=False) as at_home,
    ):
        regions = Path(at_home.environment["HC_REGIONS"])
        copy_of_zhejiang(regions, host)
        for code in (home, host):
            _only_what_is_needed(regions / code / "region.yaml")
        make_keys(folder / "keys", regions, [home, host, NATION], valid_from=datetime(2020, 1, 1, tzinfo=UTC))
        abroad = {"HC_ISSUER_ABROAD": f"{home}={at_home.url}"}
        guests, hub = _beside(at_home, host, second, abroad), _beside(at_home, NATION, third, {})
        try:
            hub.migrate()
            hub.spawn("hub", "services.recognition", "worker", "relay", "timer")
            for region in (at_home, guests):
                region.migrate()
                region.spawn(region.region, "services", "--region", region.region, "all")
            at_home.wait_ready()
            guests.wait_ready()
            yield Neighbours(at_home, guests, hub)
        finally:
            guests.stop()
            hub.stop()


def _only_what_is_needed(path: Path) -> None:
    text = path.read_text("utf-8")
    path.write_text(text.replace("recognition, oversight, subscription]", "recognition]"), "utf-8")


def _beside(region: RegionProcesses, code: str, database_url: str, more: dict[str, str]) -> RegionProcesses:
    port = free_port()
    environment = {
        **region.environment,
        "HC_REGION": code,
        "HC_SECRETS": str(region.folder / "keys" / code),
        "DATABASE_URL": database_url,
        "HC_HTTP_PORT": str(port),
        **more,
    }
    return replace(region, region=code, environment=environment, port=port, running={}, commands={}, clients={})
