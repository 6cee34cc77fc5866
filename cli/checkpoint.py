"""A folder with what a checkpoint knows: `anchor.pem`, `trust-list.cwt`, and a status list a file under `lists/`."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from cli.errors import AWAY, REFUSED, CliError
from healthcode.credential import (
    Checker,
    CheckPolicy,
    Gap,
    Malformed,
    NotTrusted,
    Older,
    StatusList,
    TrustList,
    anchored,
    read_delta,
    read_list,
    read_trust,
)
from healthcode.credential.status_list import FULL

ANCHOR: Final = "anchor.pem"
TRUST_LIST: Final = "trust-list.cwt"
LISTS: Final = "lists"
WHOLE: Final = ".cwt"
NEWLY: Final = ".delta"
SECONDS: Final = 20
DAYS: Final = 2
"""Lists of today and yesterday: no credential is older than a day."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an update brought."""

    trust_list: int
    regions: int
    status_lists: int


def believed(folder: Path) -> tuple[TrustList, TrustList]:
    """The regions' keys and the nation's. Raises CliError."""
    path = folder / TRUST_LIST
    if not path.is_file():
        raise CliError(f"{folder} holds no trust list: run `healthcode trust update` first", REFUSED)
    anchors = _anchors(folder / ANCHOR)
    try:
        return read_trust(path.read_bytes(), anchors), anchors
    except (Malformed, NotTrusted) as error:
        raise CliError(f"{folder}: {error}; run `healthcode trust update` again", REFUSED) from None


def load(folder: Path, *, live: bool) -> Checker:
    """A checker with what the folder holds. Raises CliError."""
    trust, _ = believed(folder)
    try:
        lists = [_list(path, trust) for path in sorted((folder / LISTS).glob(f"*{WHOLE}"))]
    except (Malformed, NotTrusted, Gap) as error:
        raise CliError(f"{folder}: {error}; run `healthcode trust update` again", REFUSED) from None
    return Checker(trust, lists, CheckPolicy(live=live))


def update(folder: Path, nation: str, anchor: Path, regions: list[str]) -> Fetched:
    """Fetch what is new. A list is kept as its region signed it; raises CliError, and leaves what is there."""
    anchors = _anchors(anchor)
    (folder / LISTS).mkdir(parents=True, exist_ok=True)
    known = folder / TRUST_LIST
    try:
        seen = read_trust(known.read_bytes(), anchors).sequence if known.is_file() else 0
        data = _get(f"{nation.rstrip('/')}/v1/trust-list")
        trust = read_trust(data, anchors, seen)
        (folder / ANCHOR).write_bytes(anchor.read_bytes())
        known.write_bytes(data)
        lists = sum(_status_lists(folder / LISTS, each, trust) for each in regions)
    except (Malformed, NotTrusted, Older) as error:
        raise CliError(f"what came is not to be believed: {error}", REFUSED) from None
    return Fetched(trust.sequence, len(trust.regions), lists)


def _status_lists(folder: Path, region: str, trust: TrustList) -> int:
    code, _, address = region.partition("=")
    if not address:
        raise CliError("--region is CODE=ADDRESS, for instance 330000=https://330000.example", REFUSED)
    today = trust.as_of or datetime.now(UTC)  # the nation's: a checkpoint's own clock may be wrong
    for back in range(DAYS):
        name = f"{today - timedelta(days=back):%Y%m%d}-0"
        _refresh(folder / f"{code}.{name}{WHOLE}", f"{address.rstrip('/')}/v1/status-lists/{name}", trust)
    return DAYS


def _refresh(path: Path, url: str, trust: TrustList) -> None:
    """Fetch what is new behind the whole list that is there, which is kept beside it; else the whole list."""
    newly = path.with_suffix(NEWLY)
    if path.is_file():
        data = _get(f"{url}?since={read_list(path.read_bytes(), trust).version}")
        read_delta(data, trust)
        newly.write_bytes(data)
        return
    data = _get(url, accept=FULL)
    read_list(data, trust)
    path.write_bytes(data)


def _list(path: Path, trust: TrustList) -> StatusList:
    whole, newly = read_list(path.read_bytes(), trust), path.with_suffix(NEWLY)
    return whole.after(read_delta(newly.read_bytes(), trust)) if newly.is_file() else whole


def _anchors(path: Path) -> TrustList:
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError):
        raise CliError(f"{path} is no public key in PEM: get trust-anchor.pem from the nation", REFUSED) from None
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise CliError(f"{path} is no key on P-256: get trust-anchor.pem from the nation", REFUSED)
    return anchored(key)


def _get(url: str, accept: str = "*/*") -> bytes:
    try:
        answer = httpx.get(url, headers={"accept": accept}, timeout=SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        raise CliError(f"{url} does not answer ({type(fault).__name__})", AWAY) from None
    if not answer.is_success:
        raise CliError(f"{url} answers {answer.status_code}: is that the address of a region?", REFUSED)
    return answer.content
