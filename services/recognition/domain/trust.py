"""Whom verifiers are to believe: the catalogue's keys for credentials, status lists and seals."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from healthcode.credential import TrustedRegion, TrustList
from healthcode.credential.catalogued import USAGES, catalogued
from services.recognition.domain.catalogue import CatalogueError


def trust_of(document: Mapping[str, Any], as_of: datetime) -> TrustList:
    """The trust list of a catalogue; its sequence is the time in seconds, so a later one is never below.

    Raises CatalogueError for a key that cannot be used.
    """
    regions = {each["code"]: TrustedRegion(code=each["code"]) for each in document["regions"]}
    try:
        entries = [key for each in document["regions"] for name in USAGES for key in catalogued(each, name)]
    except ValueError as fault:
        raise CatalogueError(str(fault)) from None
    return TrustList(entries, regions.values(), sequence=int(as_of.timestamp()), as_of=as_of)
