"""Whom the issuer believes: its own keys and every other region's, by the national catalogue."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Literal

from healthcode.catalogue import trusted_regions
from healthcode.credential import TrustEntry, TrustList, Usage
from healthcode.credential.catalogued import catalogued

NAMES: Final = ("credential", "lists")
"""Of the catalogue's keys, those that a checkpoint needs."""


class CatalogueFault(ValueError):  # noqa: N818 - named for what is wrong
    """The catalogue holds a key that cannot be used; the text says whose."""


def believed(own: Iterable[TrustEntry], catalogue: Mapping[str, Any], region: str) -> TrustList:
    """Every region's keys as the catalogue has them; `own`: the region's, where it is not in the catalogue.

    Raises CatalogueFault.
    """
    members = catalogue.get("regions", ())
    try:
        entries = [key for each in members for name in NAMES for key in catalogued(each, name)]
        regions = trusted_regions(catalogue)
    except ValueError as fault:
        raise CatalogueFault(str(fault)) from None
    mine = () if any(entry.region == region for entry in entries) else own
    return TrustList([*mine, *entries], regions)


def signs_now(trust: TrustList, region: str, usage: Usage, now: datetime) -> TrustEntry | None:
    """The region's key that signs now: of those that may, the one that began last; None where none may."""
    may = [entry for entry in trust.all(usage) if entry.region == region and entry.is_good(now, now)]
    return max(may, key=lambda entry: entry.not_before, default=None)


def stands(entry: TrustEntry, now: datetime) -> Literal["announced", "signs", "believed", "over", "revoked"]:
    """How a key stands: it is announced, signs, is believed of what it signed, is over, or is revoked."""
    if entry.is_revoked(now):
        return "revoked"
    if entry.not_after <= now:
        return "over"
    if now < entry.not_before:
        return "announced"
    return "signs" if entry.is_good(now, now) else "believed"
