"""The region's keys, by the catalogue."""

from datetime import UTC, datetime
from typing import Final

from chassis.key_files import KeyFiles
from chassis.keys import read_key
from chassis.run import Runtime
from chassis.settings import SettingsError
from chassis.watched import Watched
from healthcode.catalogue import CatalogueReader
from healthcode.credential import Es256Key, TrustEntry, TrustList, Usage
from services.issuer.config import Settings
from services.issuer.domain.trust import CatalogueFault, believed
from services.issuer.handlers.keys import KeyRing, NoSigningKey

# Where no catalogue says otherwise, one's own key is good as long as it is the key.
ALWAYS: Final = (datetime(2020, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


def key_ring(runtime: Runtime, settings: Settings) -> KeyRing:
    """The region's keys by the catalogue, where there is one, as it stands; else those of its files."""
    own = [
        _own_entry(Es256Key.from_pem(read_key(settings.secrets, name)), settings.region, usage)
        for name, usage in (("credential.pem", Usage.CREDENTIAL), ("lists.pem", Usage.STATUS_LIST))
    ]

    alone = believed(own, {}, settings.region)
    try:
        catalogue = CatalogueReader(settings.anchor)

        def read(data: bytes) -> TrustList:
            return believed(own, catalogue(data), settings.region)

        ring = KeyRing(
            settings.region,
            Watched(settings.catalogue, read) if settings.catalogue else lambda: alone,
            KeyFiles(settings.secrets),
        )
        for usage in (Usage.CREDENTIAL, Usage.STATUS_LIST):
            ring.signing(usage, runtime.clock.now())
    except OSError:
        raise SettingsError(f"HC_CATALOGUE: {settings.catalogue} cannot be read") from None
    except (CatalogueFault, NoSigningKey, ValueError) as fault:
        raise SettingsError(f"HC_CATALOGUE: {settings.catalogue}: {fault}") from None
    return ring


def _own_entry(key: Es256Key, region: str, usage: Usage) -> TrustEntry:
    not_before, not_after = ALWAYS
    return TrustEntry(
        kid=key.kid,
        public_key=key.public_key,
        region=region,
        not_before=not_before,
        not_after=not_after,
        usages=frozenset({usage}),
    )
