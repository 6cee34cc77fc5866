"""What the portal does beside handing out files: the nation's trust list, kept for a minute, however many ask."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from services.portal.domain import TrustList
from services.portal.ports import Nation, ProviderAwayError

FRESH: Final = timedelta(minutes=1)


class TrustDesk:
    """Gives the trust list to checkpoints; an older one, which says its own age, when the nation is away."""

    def __init__(self, nation: Nation, now: Callable[[], datetime]) -> None:
        self._nation = nation
        self._now = now
        self._known: TrustList | None = None

    async def trust_list(self) -> bytes:
        """The signed list. Raises ProviderAwayError when there was never any."""
        now, known = self._now(), self._known
        if known is not None and timedelta() <= now - known.fetched_at < FRESH:
            return known.data
        try:
            known = TrustList(await self._nation.trust_list(), now)
        except ProviderAwayError:
            if known is None:
                raise
        self._known = known
        return known.data
