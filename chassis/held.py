"""Which components of a process are held: they failed, and are tried again."""

import time
from collections.abc import Callable

SETTLED_SECONDS = 5.0
"""So long a component has to run before it no longer counts as held; one that fails at every start always does."""


class Held:
    """The components that failed of late, each with its reason."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """`now`: seconds that never go back."""
        self._now = now
        self._until: dict[str, tuple[str, float]] = {}

    def hold(self, component: str, reason: str, seconds: float) -> None:
        """It failed for that reason and is tried again after so many seconds. The reason quotes no personal value."""
        self._until[component] = (reason, self._now() + seconds + SETTLED_SECONDS)

    def reasons(self) -> dict[str, str]:
        """Why each one is held that is held now, by name."""
        return {name: reason for name, (reason, until) in sorted(self._until.items()) if self._now() < until}
