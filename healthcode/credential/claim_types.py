"""Reading the claims of signed documents: a missing or a wrong one says which."""

from datetime import UTC, datetime
from typing import Any

from healthcode.credential.container import Malformed


def get(source: dict[Any, Any], key: int | str, kind: type[Any]) -> Any:
    """A claim of exactly that type. Raises Malformed."""
    value = source.get(key)
    if type(value) is not kind:
        raise Malformed(f"claim {key} is missing or no {kind.__name__}")
    return value


def seconds(time: datetime) -> int:
    """A time as it is written."""
    return int(time.timestamp())


def time_at(value: int) -> datetime:
    """A time as it was written. Raises Malformed."""
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise Malformed("a time is out of bounds") from error
