"""Who watches me."""

from datetime import datetime

from healthcode.values import IdType
from services.recognition.domain.home import Watch
from services.recognition.ports import Pseudonymise, Views


async def my_watches(
    views: Views, pseudonymise: Pseudonymise, document: tuple[IdType, str], now: datetime
) -> list[Watch]:
    """The open watches on the person whose document it is. Raises InvalidIdNumber."""
    return await views.watches(pseudonymise(*document), now)
