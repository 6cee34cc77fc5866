"""When oversight raises an alarm: what a region's `oversight.yaml` says. Durations are ISO 8601 (`PT1H`, `P7D`)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final, TypeAlias

import msgspec

from services.oversight.domain.window import BUCKET

Share: TypeAlias = Annotated[float, msgspec.Meta(gt=0, le=1)]
Times: TypeAlias = Annotated[float, msgspec.Meta(gt=1)]
Number: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]

DAY: Final = timedelta(days=1)


class BulkRecoloring(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Many turned stricter within a window by one rule or source: `people` of them, or `share` of all with a code.

    Fewer than `least` never raise it.
    """

    window: timedelta = timedelta(hours=1)
    least: Number = 50
    share: Share = 0.01
    people: Number = 1000


class SilentSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A source is silent for longer than `times` its usual interval, and than `least`; it has `intervals` to go by."""

    times: Times = 3.0
    least: timedelta = timedelta(hours=6)
    intervals: Annotated[int, msgspec.Meta(ge=2, le=19)] = 5


class UnusualRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule decides `times` its usual share of findings, and `rise` more.

    What is usual is its share over `baseline` before the window, which has to hold `history` findings.
    """

    window: timedelta = timedelta(hours=1)
    baseline: timedelta = timedelta(days=7)
    least: Number = 50
    history: Number = 500
    times: Times = 3.0
    rise: Share = 0.05


class ByHand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many colors were decided by hand within a window.

    A change is by hand when its cause is one of `causes`, or a reason of it begins with one of `reasons`.
    """

    window: timedelta = DAY
    people: Number = 1
    causes: tuple[str, ...] = ("decision",)
    reasons: tuple[str, ...] = ("decision",)


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of a region's.

    `lateness`: an event so much older than the latest of its partition changes no window any more. `keep`: how long
    counts are kept.
    """

    lateness: timedelta = timedelta(minutes=30)
    keep: timedelta = timedelta(days=92)
    bulk_recoloring: BulkRecoloring = BulkRecoloring()
    silent_source: SilentSource = SilentSource()
    unusual_rule: UnusualRule = UnusualRule()
    by_hand: ByHand = ByHand()

    def __post_init__(self) -> None:
        """Refuse what would never raise an alarm, or always."""
        if self.lateness < timedelta(0):
            raise ValueError("lateness cannot be negative")
        for name in ("bulk_recoloring", "unusual_rule", "by_hand"):
            window: timedelta = getattr(self, name).window
            if window < BUCKET or window % BUCKET:
                raise ValueError(f"{name}.window: whole buckets of five minutes, PT5M at least")
        if self.unusual_rule.baseline < self.unusual_rule.window:
            raise ValueError("unusual_rule.baseline: at least as long as its window")
        if self.bulk_recoloring.people < self.bulk_recoloring.least:
            raise ValueError("bulk_recoloring.people: at least as many as `least`")
        if self.keep < self.longest + DAY:
            raise ValueError("keep: a day longer than the longest window with its baseline")

    @property
    def longest(self) -> timedelta:
        """How far back an alarm looks."""
        unusual = self.unusual_rule
        return max(self.bulk_recoloring.window, self.by_hand.window, unusual.window + unusual.baseline)


def thresholds_from(document: Mapping[str, Any] | None) -> Thresholds:
    """The thresholds in a parsed oversight.yaml; the rest are the usual ones. Raises ValueError, which says where."""
    return msgspec.convert(document or {}, Thresholds, strict=True)
