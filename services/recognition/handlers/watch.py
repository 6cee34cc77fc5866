"""Who watches me."""

from datetime import datetime

from services.recognition.domain.home import Watch
from services.recognition.ports import Views


async def my_watches(views: Views, subject: str, now: datetime) -> list[Watch]:
    """The open watches on a person."""
    return await views.watches(subject, now)
