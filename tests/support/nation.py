"""The nation and a region that adopts its code: real processes, one catalogue, one broker, a database each."""

import contextlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from joserfc.jwk import ECKey

from demo.identity import DemoIdentity
from deploy.keys import make_keys
from deploy.local.stack import Stack
from tests.support.database import own_database
from tests.support.region import Ground, RegionProcesses, environment_of, free_port, jwks_server

NATION: Final = "100062"
"""A nation of these tests' own, so that its topics are no other test's."""


@dataclass
class Adopting:
    """Both of them, and where their data lies."""

    nation: RegionProcesses
    region: RegionProcesses
    regions: Path
    catalogue: Path

    @property
    def intake(self) -> ECKey:
        """The key to which persons are sealed for the nation, from the catalogue."""
        entries = json.loads(self.catalogue.read_text("utf-8"))["regions"]
        return ECKey.import_key(next(entry["intake"] for entry in entries if entry["code"] == self.nation.region))


def _folder(regions: Path, code: str, model: str, changes: Mapping[str, str]) -> None:
    shutil.copytree(Path("regions") / model, regions / code)
    path = regions / code / "region.yaml"
    text = path.read_text("utf-8").replace(f'"{model}"', f'"{code}"')
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, "utf-8")


@contextlib.contextmanager
def adopting_region(stack: Stack, admin_url: str, folder: Path, code: str) -> Iterator[Adopting]:
    """A nation and a region that adopts its code, as 100000 and 620000 are written; nothing runs yet."""
    regions = folder / "regions"
    _folder(regions, NATION, "100000", {})
    _folder(regions, code, "620000", {'"100000"': f'"{NATION}"'})
    catalogue = make_keys(folder / "keys", regions, [NATION, code], valid_from=datetime(2020, 1, 1, tzinfo=UTC))
    identity = DemoIdentity()
    with ExitStack() as open_, jwks_server(identity) as jwks_url:
        ground = Ground(stack.kafka_bootstrap, folder, regions, catalogue, identity, jwks_url)
        made = []
        for each in (NATION, code):
            url = open_.enter_context(own_database(admin_url))
            port = free_port()
            processes = RegionProcesses(each, folder, environment_of(ground, each, url, port), identity, port)
            open_.callback(processes.stop)
            made.append(processes)
        both = Adopting(made[0], made[1], regions, catalogue)
        for processes in made:
            processes.migrate()
        yield both


def start(processes: RegionProcesses) -> None:
    """All roles of a region in one process."""
    name = f"all-{processes.region}"
    processes.spawn(name, "services", "--region", processes.region, "all")
    processes.wait_ready()
