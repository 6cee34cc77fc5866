"""Whom the issuer believes: itself, and every other region by the national catalogue."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from healthcode.credential import TrustedRegion, TrustEntry, TrustList, Usage, key_id

USAGES: Final = {"credential": Usage.CREDENTIAL, "lists": Usage.STATUS_LIST}


class CatalogueFault(ValueError):  # noqa: N818 - named for what is wrong
    """The catalogue holds a key that cannot be used; the text says whose."""


def believed(own: Iterable[TrustEntry], catalogue: Mapping[str, Any], region: str) -> TrustList:
    """The region's own keys, for as long as it has them, and those of all others, for as long as the nation says.

    Raises CatalogueFault.
    """
    others = [each for each in catalogue.get("regions", ()) if each.get("code") != region]
    entries = [_entry(each, name) for each in others for name in USAGES if name in each]
    return TrustList([*own, *entries], [TrustedRegion(code=each["code"]) for each in others])


def _entry(region: Mapping[str, Any], name: str) -> TrustEntry:
    try:
        key = ECKey.import_key(region[name]).public_key
        return TrustEntry(
            kid=key_id(key),
            public_key=key,
            region=region["code"],
            not_before=datetime.fromisoformat(region["valid_from"]),
            not_after=datetime.fromisoformat(region["valid_until"]),
            usages=frozenset({USAGES[name]}),
        )
    except (JoseError, ValueError, KeyError) as error:
        raise CatalogueFault(
            f"{region.get('code')}: {name} is no public key on P-256 ({type(error).__name__})"
        ) from None
