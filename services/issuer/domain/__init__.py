"""What a code is, how it changes and how long it lasts."""

from services.issuer.domain.cause import Cause, authorities_of
from services.issuer.domain.code import JUDGED, Code, Outcome, Stamp, cancel, conclude, expire, move
from services.issuer.domain.credential import (
    LIST_BITS,
    Naming,
    NothingToShow,
    StatusPlace,
    Terms,
    claims_for,
    list_id,
    place_at,
    status_of,
)
from services.issuer.domain.guardianship import Guardianship
from services.issuer.domain.lifetime import Lifetime
from services.issuer.domain.refresh import Turns, refresh_at

__all__ = [
    "JUDGED",
    "LIST_BITS",
    "Cause",
    "Code",
    "Guardianship",
    "Lifetime",
    "Naming",
    "NothingToShow",
    "Outcome",
    "Stamp",
    "StatusPlace",
    "Terms",
    "Turns",
    "authorities_of",
    "cancel",
    "claims_for",
    "conclude",
    "expire",
    "list_id",
    "move",
    "place_at",
    "refresh_at",
    "status_of",
]
