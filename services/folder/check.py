"""Everything that is wrong with a region's folder, each with file, line and what to write.

What the services check when they start is checked here by the same loaders, and more: that the cases hold, that each
reason has its texts, that no file is overlooked.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chassis.documents import Document, DocumentError, read_document
from healthcode.region import Region, region_from
from healthcode.values import Way
from services.audit.bootstrap import read_policies, read_retention
from services.audit.domain import Policy
from services.audit.domain.cases import faults as case_faults
from services.audit.domain.policy.load import read_pack
from services.connector.bootstrap import read_definitions
from services.issuer.bootstrap import read_foreign
from services.oversight.bootstrap import read_thresholds
from services.recognition.bootstrap import read_translation
from services.recognition.bootstrap.sharing import read_kinds, read_shares

LANGUAGES: Final = ("zh", "en")
KNOWN: Final = (
    "region.yaml", "policy/*.yaml", "cases/*.yaml", "reasons.zh.yaml", "reasons.en.yaml", "connectors/*.yaml",
    "oversight.yaml", "retention.yaml", "translation.yaml", "foreign.yaml", "foreign-keys.json", "records.yaml",
    "README*",
)  # fmt: skip
CODE_NEEDS: Final = ("declaration", "audit", "issuer", "recognition", "subscription")
"""Without one of these a region with a code of its own has none that anybody could be given, or look up, or show."""


def check_folder(folder: Path, now: datetime) -> list[str]:
    """All faults, each `file:line: what`; none where the services would start on it."""
    try:
        document = read_document(folder / "region.yaml")
        region = _region(document)
    except DocumentError as error:
        return str(error).splitlines()
    wrong = dict(_inconsistent(region, folder))
    found = [document.fault(what, (key,)) for key, what in wrong.items()]
    if "code" in wrong:
        return found
    found += _overlooked(folder)
    loaders: list[Callable[[], Any]] = [lambda: read_translation(folder.parent, region)]
    if (nation := _nation(folder.parent)) is not None:
        loaders.append(lambda: read_shares(folder.parent, region.code, nation, read_kinds(folder.parent, nation)))
    if "oversight" in region.services:
        loaders.append(lambda: read_thresholds(folder))
    if "connector" in region.services:
        loaders.append(lambda: read_definitions(folder / "connectors"))
    if "audit" in region.services:
        loaders.append(lambda: read_retention(folder))
    if "issuer" in region.services:
        loaders.append(lambda: read_foreign(folder))
    for load in loaders:
        found += _refused(load)
    if "audit" in region.services and "timezone" not in wrong:
        found += _rules(folder, ZoneInfo(region.timezone), now)
    return list(dict.fromkeys(found))


def read_region(folder: Path) -> Region:
    """The region of a folder. Raises DocumentError that names file and line."""
    return _region(read_document(folder / "region.yaml"))


def _region(document: Document) -> Region:
    try:
        return region_from(document.content)
    except ValueError as error:
        raise document.refusal(error) from None


def _inconsistent(region: Region, folder: Path) -> Iterator[tuple[str, str]]:
    """What is wrong in region.yaml beside its form: the key, and what to write."""
    if region.code != folder.resolve().name:
        yield "code", f"the folder is named {folder.resolve().name}: write that, or rename the folder to {region.code}"
    try:
        ZoneInfo(region.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        yield "timezone", f"there is no time zone {region.timezone!r}: write an IANA name, as Asia/Shanghai"
    if region.way is Way.ADOPT:
        if region.adopts is None:
            yield "way", 'a region that adopts says whose code: write adopts: "100000"'
        if "issuer" in region.services:
            yield "services", "a region that adopts another's code issues none: leave issuer out"
        return
    if region.adopts is not None:
        yield "adopts", f"the way is {region.way}, so nothing is adopted: leave it out, or write way: adopt"
    missing = [each for each in CODE_NEEDS if each not in region.services]
    if missing:
        yield "services", f"a region with a code of its own needs {', '.join(missing)} too: add it"


def _nation(regions: Path) -> str | None:
    """The region of the hub among the folders; what is shared is said in its words."""
    for path in sorted(regions.glob("*/region.yaml")):
        try:
            if read_region(path.parent).hub:
                return path.parent.name
        except DocumentError:
            continue
    return None


def _overlooked(folder: Path) -> list[str]:
    read = {path for pattern in KNOWN for path in folder.glob(pattern)}
    return [
        f"{path}:1: nothing reads this file: mend its name (docs/regions.md lists all), or take it away"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path not in read and not path.name.startswith(".")
    ]


def _refused(load: Callable[[], Any]) -> list[str]:
    try:
        load()
    except DocumentError as error:
        return str(error).splitlines()
    return []


def _rules(folder: Path, zone: ZoneInfo, now: datetime) -> list[str]:
    """Policies, their cases, and the texts of their reasons."""
    try:
        policies, _ = read_policies(folder / "policy", now)
    except DocumentError as error:
        return str(error).splitlines()
    found: list[str] = []
    for file in sorted((folder / "policy").glob("*.yaml")):
        policy = next(
            each for each in policies if each.version == read_pack(file.read_text("utf-8"), "").policy.version
        )
        found += _cases(folder / "cases" / file.name, policy, zone)
    return found + _reasons(folder, policies)


def _cases(path: Path, policy: Policy, zone: ZoneInfo) -> list[str]:
    try:
        document = read_document(path)
    except DocumentError as error:
        return str(error).splitlines()
    return [document.fault(each.what, each.place) for each in case_faults(document.content, policy, zone)]


def _reasons(folder: Path, policies: list[Policy]) -> list[str]:
    """Every reason can be read in both languages, with what it rests on."""
    found: list[str] = []
    needed = sorted(frozenset().union(*(policy.reasons for policy in policies)))
    for lang in LANGUAGES:
        try:
            document = read_document(folder / f"reasons.{lang}.yaml")
        except DocumentError as error:
            found += str(error).splitlines()
            continue
        found += _texts(document, needed)
    return found


def _texts(document: Document, needed: list[str]) -> Iterator[str]:
    texts = document.content if isinstance(document.content, dict) else {}
    for reason in needed:
        entry = texts.get(reason)
        if entry is None:
            yield document.fault(f"the reason {reason} has no text: add `{reason}: {{text: …, source: …}}`")
        elif not isinstance(entry, dict) or not entry.get("text") or not entry.get("source"):
            yield document.fault(f"{reason} needs `text` (why) and `source` (by what rule)", (reason,))
