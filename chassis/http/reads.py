"""The door of reads: at overload what may be missing is refused first, then everybody beyond what is answered in time.

Whoever is let in shares the process with so many others at most: that bounds how long they wait, whatever comes.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.http.admission import Strain
from chassis.http.answers import problem_response
from chassis.http.problems import Problem

READS: Final = frozenset({"GET", "HEAD"})
ALWAYS: Final = ("/health/", "/metrics")
BACK_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class ReadBounds:
    """How many reads are answered at once; of them, how many of panels."""

    at_once: int = 256
    panels: int = 64


class Reads:
    """Counts who is inside."""

    def __init__(
        self,
        bounds: ReadBounds,
        panels: Sequence[str],
        strain: Callable[[], Strain | None],
        refusal: Callable[[Strain], Problem],
    ) -> None:
        """`panels`: patterns of whole paths whose answers a page can do without; `strain` tells what else is behind."""
        self._bounds = bounds
        self._panel = re.compile("|".join(panels)) if panels else None
        self._strain = strain
        self._refusal = refusal
        self.inside = 0

    def refused(self, path: str) -> Problem | None:
        """Why this one is not let in now; None when it is, and then `inside` counts it."""
        if self.inside >= self._bounds.at_once:
            return self._refusal(Strain("reads", BACK_SECONDS))
        if self._panel is not None and self._panel.fullmatch(path):
            strain = self._strain()
            if strain is None and self.inside >= self._bounds.panels:
                strain = Strain("panels", BACK_SECONDS)
            if strain is not None:
                return self._refusal(strain)
        self.inside += 1
        return None


class ReadMiddleware:
    """Refuses reads before anything is done for them; health and metrics always pass."""

    def __init__(self, app: ASGIApp, reads: Reads) -> None:
        self._app = app
        self._reads = reads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] not in READS or scope["path"].startswith(ALWAYS):
            await self._app(scope, receive, send)
            return
        refusal = self._reads.refused(scope["path"])
        if refusal is not None:
            await problem_response(scope, refusal)(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            self._reads.inside -= 1
