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

import yaml
from joserfc.jwk import ECKey

from demo.identity import DemoIdentity
from deploy.keys import make_keys
from deploy.local.stack import Stack
from tests.support.database import own_database
from tests.support.region import Ground, RegionProcesses, environment_of, free_port, jwks_server

ELSEWHERE: Final = "330000"
"""A third region of the catalogue, of which nothing runs."""


def nation_of(code: str) -> str:
    """A nation of one test's own, so that its topics are no other test's."""
    return f"1000{code[:2]}"


@dataclass
class Adopting:
    """Both of them, and where their data lies."""

    nation: RegionProcesses
    region: RegionProcesses
    regions: Path
    catalogue: Path

    def intake(self, region: str) -> ECKey:
        """The key to which persons are sealed for a region, from the catalogue."""
        entries = json.loads(self.catalogue.read_text("utf-8"))["regions"]
        return ECKey.import_key(next(entry["intake"] for entry in entries if entry["code"] == region))

    def take_own_code(self, *, adopts: bool) -> None:
        """Give the region a stack and a policy of its own, Zhejiang's; it still `adopts`, or its code counts by now.

        As an operator does it: the region's folder, then the catalogue from it.
        """
        code, nation = self.region.region, self.nation.region
        own = self.regions / code
        # the later policy would judge, for these processes live in the present
        ignored = shutil.ignore_patterns("2020-06-15.yaml", *(("translation.yaml",) if adopts else ()))
        shutil.copytree("regions/330000", own, ignore=ignored, dirs_exist_ok=True)
        document = yaml.safe_load((own / "region.yaml").read_text("utf-8"))
        document |= {"code": code, "succeeds": nation, "services": ["declaration", "audit", "issuer", "recognition"]}
        if adopts:
            document |= {"way": "adopt", "adopts": nation}
        (own / "region.yaml").write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
        catalogued(self.region.folder, self.regions, [nation, code, ELSEWHERE])


def _folder(regions: Path, code: str, model: str, changes: Mapping[str, str]) -> None:
    shutil.copytree(Path("regions") / model, regions / code)
    path = regions / code / "region.yaml"
    text = path.read_text("utf-8").replace(f'"{model}"', f'"{code}"')
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, "utf-8")


def catalogued(folder: Path, regions: Path, codes: list[str]) -> Path:
    """The keys that are missing, and the catalogue as the regions' folders are now."""
    return make_keys(folder / "keys", regions, codes, valid_from=datetime(2020, 1, 1, tzinfo=UTC))


@contextlib.contextmanager
def adopting_region(
    stack: Stack, admin_url: str, folder: Path, code: str, *, own_stack: bool = False
) -> Iterator[Adopting]:
    """A nation and a region that adopts its code, as 100000 and 620000 are written; nothing runs yet.

    `own_stack`: the region has one already, as one that is about to take a code of its own.
    """
    regions, nation = folder / "regions", nation_of(code)
    _folder(regions, nation, "100000", {})
    _folder(regions, code, "620000", {'"100000"': f'"{nation}"'})
    _folder(regions, ELSEWHERE, "330000", {})
    catalogue = catalogued(folder, regions, [nation, code, ELSEWHERE])
    identity = DemoIdentity()
    with ExitStack() as open_, jwks_server(identity) as jwks_url:
        ground = Ground(stack.kafka_bootstrap, folder, regions, catalogue, identity, jwks_url)
        made = []
        for each in (nation, code):
            url = open_.enter_context(own_database(admin_url))
            port = free_port()
            processes = RegionProcesses(each, folder, environment_of(ground, each, url, port), identity, port)
            open_.callback(processes.stop)
            made.append(processes)
        both = Adopting(made[0], made[1], regions, catalogue)
        if own_stack:
            both.take_own_code(adopts=True)
        for processes in made:
            processes.migrate()
        yield both


def start(processes: RegionProcesses, **more: str) -> None:
    """All roles of a region in one process; `more` settings."""
    processes.spawn(name_of(processes), "services", "--region", processes.region, "all", more=more)
    processes.wait_ready()


def name_of(processes: RegionProcesses) -> str:
    """What that process is called."""
    return f"all-{processes.region}"
