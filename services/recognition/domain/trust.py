"""Whom verifiers are to believe: the catalogue's keys for credentials, status lists and seals."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from healthcode.credential import TrustedRegion, TrustEntry, TrustList, Usage, key_id
from services.recognition.domain.catalogue import CatalogueError

USAGES: Final = {"credential": Usage.CREDENTIAL, "lists": Usage.STATUS_LIST, "seal": Usage.SEAL}


def trust_of(document: Mapping[str, Any], as_of: datetime) -> TrustList:
    """The trust list of a catalogue; its sequence is the time in seconds, so a later one is never below.

    Raises CatalogueError for a key that cannot be used.
    """
    regions = {each["code"]: TrustedRegion(code=each["code"]) for each in document["regions"]}
    entries = [_entry(each, name) for each in document["regions"] for name in USAGES if name in each]
    return TrustList(entries, regions.values(), sequence=int(as_of.timestamp()), as_of=as_of)


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
        raise CatalogueError(
            f"{region.get('code')}: {name} is no public key on P-256 ({type(error).__name__})"
        ) from None
