"""What operators give: the region's data, the national catalogue, keys."""

import json
from pathlib import Path
from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from chassis.documents import DocumentError, read_document, read_yaml
from chassis.keys import read_key
from chassis.settings import ChassisSettings, SettingsError
from healthcode.region import Region, region_from
from healthcode.values import Way
from services.recognition.config import Settings
from services.recognition.domain.rows import TranslationError
from services.recognition.domain.translation import Translation, identity, translation_from

log = structlog.get_logger()
TRANSLATION: Final = "translation.yaml"
ADOPTED: Final = "a region that adopts the national code translates every status by its name alone: see regions/620000"


def read_translation(regions: Path, region: Region) -> Translation:
    """The region's checked table. Raises DocumentError, which names the file, the rows and what to write."""
    document = read_document(regions / region.code / TRANSLATION)
    try:
        translation = translation_from(document.content)
    except TranslationError as error:
        raise DocumentError("\n".join(document.fault(each.what, each.place) for each in error.faults)) from None
    if region.way is Way.ADOPT and not translation.same_as(identity()):
        raise DocumentError(document.fault(ADOPTED))
    return translation


def read_others(regions: Path, own: str) -> dict[str, Translation]:
    """The tables of other regions, where they are at hand: by them people are told what they count as there."""
    folders = {path.parent.name: path for path in regions.glob(f"*/{TRANSLATION}") if path.parent.name != own}
    found = {}
    for code, path in sorted(folders.items()):
        try:
            found[code] = translation_from(read_document(path).content)
        except (TranslationError, DocumentError):
            log.warning("table_not_taken", other=code)  # it is theirs to mend, and only explains
    return found


def read_region(settings: ChassisSettings) -> Region:
    """The region in its region.yaml."""
    return region_from(read_yaml(settings.regions / settings.region / "region.yaml"))


def read_encryption(settings: ChassisSettings) -> ec.EllipticCurvePrivateKey:
    """The key that other regions seal to."""
    key = ECKey.import_key(json.loads(read_key(settings.secrets, "encryption.jwk"))).private_key
    if key is None:
        raise SettingsError("HC_SECRETS: encryption.jwk holds no private key")
    return key


def read_signing(settings: Settings) -> ECKey:
    """The key that the region signs with, for other regions and for its people's devices."""
    return ECKey.import_key(json.loads(read_key(settings.secrets, "signing.jwk")))
