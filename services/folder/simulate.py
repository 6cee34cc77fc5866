"""A region's folder tried on made-up people and beside its neighbors."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from healthcode.region import Region
from services.audit.domain import load_policies
from services.folder.check import read_region
from services.folder.journeys import journeys
from services.folder.sample import sampled
from services.recognition.bootstrap import read_translation


def simulate_folder(folder: Path, beside: Path, people: int, seed: int) -> dict[str, Any]:
    """What its packs make of `people`, and what its colors become in each region that has a folder in `beside`.

    Raises DocumentError for a folder that does not pass its check.
    """
    region = read_region(folder)
    samples = []
    if "audit" in region.services:
        texts = {str(file): file.read_text("utf-8") for file in sorted((folder / "policy").glob("*.yaml"))}
        zone = ZoneInfo(region.timezone)
        samples = [sampled(policy, zone, people, seed) for policy in load_policies(texts).policies]
    return {"region": region.code, "policies": samples, "neighbors": _neighbors(folder, region, beside)}


def _neighbors(folder: Path, region: Region, beside: Path) -> list[dict[str, Any]]:
    mine, found = read_translation(folder.parent, region), []
    for path in sorted(beside.glob("*/region.yaml")):
        if path.parent.resolve() == folder.resolve():
            continue
        other = read_region(path.parent)
        theirs = read_translation(beside, other)
        issues, hosts = "issuer" in region.services, not other.hub
        found.append(
            {
                "region": other.code,
                "zh": other.name.zh,
                "en": other.name.en,
                "way": other.way.value,
                "leaving": journeys(mine, theirs) if issues and hosts else [],
                "coming": journeys(theirs, mine) if "issuer" in other.services else [],
            }
        )
    return found
