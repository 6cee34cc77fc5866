"""Reading what others have written: a missing or a wrong field says which, and nothing is quoted."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import cbor2

from healthcode.credential.heads import pairs_in
from healthcode.foreign.model import ForeignError, Refusal

MOST_NESTED: Final = 16
# Times (RFC 8949), COSE_Sign1 (RFC 9052), CWT (RFC 8392). Others make a decoder build what nobody asked for.
TAGS: Final = frozenset({0, 1, 18, 61})


def plain_cbor(data: bytes) -> Any:
    """CBOR that is plain data, of no more than sixteen levels and no key twice; COSE's and CWT's tags may stand around.

    Raises ForeignError.
    """
    try:
        pairs = pairs_in(data, TAGS, MOST_NESTED)
        value = cbor2.loads(data)
        inner = value
        while isinstance(inner, cbor2.CBORTag):
            inner = inner.value
        plain = _is_plain(inner, MOST_NESTED) and _pairs(inner) == pairs
    except Exception as error:  # noqa: BLE001 - decoders of tags that nobody asked for raise anything at all
        raise malformed(error) from None
    if not plain:
        raise ForeignError(Refusal.MALFORMED, "CBOR that is no plain data")
    return _thawed(value)


def _is_plain(value: Any, room: int) -> bool:
    if isinstance(value, Mapping):
        return room > 0 and all(
            isinstance(key, int | str) and _is_plain(inner, room - 1) for key, inner in value.items()
        )
    if isinstance(value, list | tuple):
        return room > 0 and all(_is_plain(inner, room - 1) for inner in value)
    return value is None or isinstance(value, bool | int | float | bytes | str | datetime)


def _pairs(value: Any) -> int:
    if isinstance(value, Mapping):
        return len(value) + sum(_pairs(inner) for inner in value.values())
    return sum(_pairs(inner) for inner in value) if isinstance(value, list | tuple) else 0


def _thawed(value: Any) -> Any:
    """Tuples as lists and read-only maps as dicts: from version 6 on cbor2 makes these within a tag."""
    if isinstance(value, cbor2.CBORTag):
        return cbor2.CBORTag(value.tag, _thawed(value.value))
    if isinstance(value, list | tuple):
        return [_thawed(each) for each in value]
    if isinstance(value, Mapping):
        return {key: _thawed(each) for key, each in value.items()}
    return value


def mapping(value: Any, name: str) -> Mapping[Any, Any]:
    """A map. Raises ForeignError."""
    if not isinstance(value, dict):
        raise ForeignError(Refusal.MALFORMED, f"{name} is missing or no map")
    return value


def text(source: Mapping[Any, Any], name: str, default: str | None = None) -> str:
    """A text, or the default where it is missing. Raises ForeignError."""
    value = source.get(name, default)
    if not isinstance(value, str):
        raise ForeignError(Refusal.MALFORMED, f"{name} is missing or no text")
    return value


def small_number(source: Mapping[Any, Any], name: str) -> int:
    """A number from 1 to 99. Raises ForeignError."""
    value = source.get(name)
    if type(value) is not int or not 0 < value < 100:
        raise ForeignError(Refusal.MALFORMED, f"{name} is missing or no small number")
    return value


def instant(value: Any) -> datetime:
    """A NumericDate (RFC 8392). Raises ForeignError."""
    try:
        return datetime.fromtimestamp(value, UTC) if type(value) in (int, float) else _fail("a time is missing")
    except (OverflowError, OSError, ValueError) as error:
        raise malformed(error) from None


def day(value: Any) -> datetime:
    """A date as its midnight; some write a time behind it. Raises ForeignError."""
    return time_of(value).replace(hour=0, minute=0, second=0, microsecond=0)


def time_of(value: Any) -> datetime:
    """A time in ISO 8601, in UTC where none is said. Raises ForeignError."""
    try:
        time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise malformed(error) from None


def _fail(detail: str) -> datetime:
    raise ForeignError(Refusal.MALFORMED, detail)


def malformed(error: Exception) -> ForeignError:
    """The refusal for what a decoder raised: its type alone."""
    return ForeignError(Refusal.MALFORMED, type(error).__name__)
