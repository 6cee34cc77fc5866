"""A new region's folder, written from the templates: data in, data out."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from cli.errors import CliError
from healthcode.values import Way

GAP: Final = re.compile(r"<<(\w+)(?: ([+-]\d+))?>>")
LANGUAGES: Final = ("zh", "en")


def packs() -> list[str]:
    """The names of the templates of rules."""
    return sorted(each.name for each in _templates().joinpath("packs").iterdir())


def written(folder: Path, *, names: Mapping[str, str], way: Way, zone: str, pack: str, first: date) -> list[Path]:
    """Write the folder of a region; gives the files. `names`: zh and en; `first`: the day on which its rules begin.

    Raises CliError where something is there already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise CliError(f"{folder} is not empty: name another folder, or take away what is in it.", 2)
    gaps = _gaps(folder.name, names, way, zone, first)
    files = []
    for name, text in _texts(way, pack, first).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_filled(text, gaps, first), "utf-8")
        files.append(path)
    return files


def _texts(way: Way, pack: str, first: date) -> dict[str, str]:
    """The templates by the names of the files that they become."""
    if way is Way.ADOPT:
        return {each.name: each.read_text("utf-8") for each in _templates().joinpath("adopt").iterdir()}
    own, rules = _templates().joinpath("own"), _templates().joinpath("packs", pack)
    texts = {each.name: each.read_text("utf-8") for each in own.iterdir()}
    for lang in LANGUAGES:  # those of the pack's own rules, then those that every policy has
        name = f"reasons.{lang}.yaml"
        texts[name] = rules.joinpath(name).read_text("utf-8") + texts[name]
    texts[f"policy/{first}.yaml"] = rules.joinpath("policy.yaml").read_text("utf-8")
    texts[f"cases/{first}.yaml"] = rules.joinpath("cases.yaml").read_text("utf-8")
    return texts


def _gaps(code: str, names: Mapping[str, str], way: Way, zone: str, first: date) -> dict[str, str]:
    offset = datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(zone)).strftime("%z")
    return {
        "code": code,
        "zh": names["zh"],
        "en": names["en"],
        "zone": zone,
        "way": way.value,
        "prefix": code[:2],
        "slug": re.sub(r"[^a-z0-9]+", "_", names["en"].lower()).strip("_") or "region",
        "offset": f"{offset[:3]}:{offset[3:]}",
    }


def _filled(text: str, gaps: Mapping[str, str], first: date) -> str:
    def fill(found: re.Match[str]) -> str:
        if found[1] == "day":
            return str(first + timedelta(days=int(found[2] or 0)))
        return gaps[found[1]]

    return GAP.sub(fill, text)


def _templates() -> Traversable:
    return resources.files("cli.templates")
