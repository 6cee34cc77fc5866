"""What oversight raises an alarm about. Counts and names of rules and authorities; nothing of any person."""

from datetime import datetime
from typing import ClassVar

import msgspec

from healthcode.events.base import Event
from healthcode.values import AlarmKind, AlarmState


class AlarmEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """What the alarm rests on.

    `since` and `until`: the event time over which it held. `count` is the most that one `window` (seconds) held,
    `total` what it is a part of (people with a code; findings), `share` that part, and `usual` what it usually is. Of a
    silent source `since` is the hour in which it was last heard of, `window` its silence and `usual` its interval, both
    in seconds.
    """

    since: datetime
    until: datetime
    window: float
    count: int
    total: int | None = None
    share: float | None = None
    usual: float | None = None


class AlarmChanged(Event, frozen=True, kw_only=True):
    """An alarm was opened, has doubled, or is over; `revision` ascends per alarm.

    There is one open alarm of a kind about a rule or a source at a time. Times are the region's clock's.
    """

    type: ClassVar[str] = "org.healthcode.alarm.changed.v1"
    topic: ClassVar[str] = "alarms.v1"
    key_field: ClassVar[str] = "alarm"

    alarm: str
    revision: int
    region: str
    kind: AlarmKind
    state: AlarmState
    rule: str | None = None
    source: str | None = None
    evidence: AlarmEvidence
    opened_at: datetime
    changed_at: datetime
    cleared_at: datetime | None = None
