"""The packs of the regions with their tables of cases."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml

from services.audit.domain import Policy, load_policy
from services.audit.domain.cases import Look, expanded, looks_of

REGIONS: Final = Path(__file__).parents[2] / "regions"


@dataclass(frozen=True)
class Table:
    """A pack with its cases. `zone` is the region's."""

    pack: Path
    cases: list[dict[str, Any]]
    zone: ZoneInfo

    @property
    def name(self) -> str:
        return f"{self.pack.parent.parent.name}/{self.pack.stem}"

    @cached_property
    def policy(self) -> Policy:
        return load_policy(self.pack.read_text("utf-8"), self.pack.name)


def table(pack: Path) -> Table:
    """The table beside a pack: in `cases` beside its folder, under the same name."""
    folder = pack.parent.parent
    region = yaml.safe_load((folder / "region.yaml").read_text("utf-8"))
    cases = yaml.safe_load((folder / "cases" / pack.name).read_text("utf-8"))
    return Table(pack, [each for case in cases for each in expanded(case)], ZoneInfo(region["timezone"]))


def tables() -> list[Table]:
    """Those of all regions."""
    return [table(pack) for pack in sorted(REGIONS.glob("*/policy/*.yaml"))]


def looks(of: Table) -> list[Look]:
    """All lines of a table, with their dossiers."""
    return [look for case in of.cases for look in looks_of(case, of.zone)]
