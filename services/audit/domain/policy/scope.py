"""How long facts speak, which depends on where in a rule they are asked for."""

from typing import NamedTuple

from services.audit.domain.policy.view import View


class Scope(NamedTuple):
    """Where a predicate stands.

    `latched`: in a rule that a hold or a release ends, so facts speak until then; elsewhere, and within `not`, only
    while the predicate is true. `anchor`: where the hold counts from.
    """

    latched: bool
    anchor: str

    def end(self, lapse: int, spent: int) -> int:
        """When facts stop speaking, of when the predicate stops being true and when they stop being evidence."""
        return spent if self.latched else min(lapse, spent)

    def applies(self, view: View, start: int, end: int) -> bool:
        """Whether facts speak now; notes when that changes."""
        now = view.now
        if now < start:
            view.note(start)
            return False
        if now >= end:
            return False
        if not self.latched:
            view.note(end)  # of a latched rule this is noted where the rule is known to be in force
        return True
