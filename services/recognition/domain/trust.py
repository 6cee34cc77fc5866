"""Whom verifiers are to believe: the catalogue's keys for credentials, status lists and seals."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from healthcode.catalogue import trusted_regions
from healthcode.credential import TrustedRegion, TrustList
from healthcode.credential.catalogued import USAGES, catalogued
from services.recognition.domain.catalogue import CatalogueError


def trust_of(document: Mapping[str, Any], as_of: datetime) -> TrustList:
    """The trust list of a catalogue; its sequence is the time in seconds, so a later one is never below.

    Raises CatalogueError for a key that cannot be used.
    """
    try:
        regions = [_as_of(region, as_of) for region in trusted_regions(document)]
        entries = [key for each in document["regions"] for name in USAGES for key in catalogued(each, name)]
    except ValueError as fault:
        raise CatalogueError(str(fault)) from None
    return TrustList(entries, regions, sequence=int(as_of.timestamp()), as_of=as_of)


def _as_of(region: TrustedRegion, now: datetime) -> TrustedRegion:
    """Without a suspension that is over: who is offline goes by what was so when the list was signed."""
    over = region.suspended_until is not None and region.suspended_until <= now
    return TrustedRegion(code=region.code, lists=region.lists) if over else region
