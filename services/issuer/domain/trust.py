"""Whom the issuer believes: itself, and every other region by the national catalogue."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from healthcode.credential import TrustedRegion, TrustEntry, TrustList
from healthcode.credential.catalogued import catalogued

NAMES: Final = ("credential", "lists")
"""Of the catalogue's keys, those that a checkpoint needs."""


class CatalogueFault(ValueError):  # noqa: N818 - named for what is wrong
    """The catalogue holds a key that cannot be used; the text says whose."""


def believed(own: Iterable[TrustEntry], catalogue: Mapping[str, Any], region: str) -> TrustList:
    """The region's own keys, for as long as it has them, and those of all others, for as long as the nation says.

    Raises CatalogueFault.
    """
    others = [each for each in catalogue.get("regions", ()) if each.get("code") != region]
    try:
        entries = [catalogued(each, name) for each in others for name in NAMES if name in each]
    except ValueError as fault:
        raise CatalogueFault(str(fault)) from None
    return TrustList([*own, *entries], [TrustedRegion(code=each["code"]) for each in others])
