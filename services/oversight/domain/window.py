"""Windows of event time: buckets of five minutes that tumble, and wider windows of them that hop by one bucket."""

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

BUCKET: Final = timedelta(minutes=5)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Window(NamedTuple):
    """From `since` to just before `until`."""

    since: datetime
    until: datetime


def bucket_of(at: datetime) -> datetime:
    """The beginning of the bucket that a moment falls into, in UTC."""
    return at - (at - _EPOCH) % BUCKET if at.tzinfo is UTC else bucket_of(at.astimezone(UTC))


def window_ending(bucket: datetime, size: timedelta) -> Window:
    """The window of a size whose last bucket is this one."""
    until = bucket + BUCKET
    return Window(until - size, until)
