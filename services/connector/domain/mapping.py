"""From a row of somebody else's table to what an entry says."""

from collections.abc import Mapping
from datetime import date, datetime, time, tzinfo
from typing import Final, NamedTuple

import msgspec

from healthcode.identity import InvalidIdNumber, normalise_id
from healthcode.values import Category, IdType
from services.connector.domain.definition import Field, Fields

LONGEST_KEY: Final = 60
LONGEST_EVIDENCE: Final = 500


class Row(NamedTuple):
    """A row as it was read: its key and its watermark as text, and all its columns."""

    key: str
    mark: str
    values: Mapping[str, object]


class Draft(msgspec.Struct, frozen=True):
    """What a row says. `number` is in its one way to be written, and is neither stored nor logged."""

    id_type: IdType
    number: str
    category: Category
    evidence: str
    valid_from: datetime
    valid_until: datetime | None


class RowFault(Exception):  # noqa: N818 - a verdict on a row, not a fault of ours
    """A row cannot be read: a stable code and the field, never a value."""

    def __init__(self, code: str, field: str) -> None:
        super().__init__(f"{code} at {field}")
        self.code = code
        self.field = field


def draft_of(row: Row, fields: Fields, zone: tzinfo) -> Draft:
    """The entry that a row describes; dates and times without a zone are of `zone`. Raises RowFault."""
    _check_key(row.key)
    id_type = _id_type(row, fields.id_type)
    evidence = _text(row, fields.evidence, "evidence").strip()
    if not 1 <= len(evidence) <= LONGEST_EVIDENCE or not evidence.isprintable():
        raise RowFault("no_evidence", "evidence")
    valid_from = _instant(row, fields.valid_from, "valid_from", zone)
    if valid_from is None:
        raise RowFault("missing", "valid_from")
    valid_until = _instant(row, fields.valid_until, "valid_until", zone) if fields.valid_until else None
    if valid_until is not None and valid_until <= valid_from:
        raise RowFault("backwards", "valid_until")
    number = _number(id_type, _text(row, fields.id_number, "id_number"))
    if number in evidence:
        raise RowFault("number_in_evidence", "evidence")
    return Draft(
        id_type,
        number,
        _category(row, fields.category),
        evidence,
        valid_from,
        valid_until,
    )


def _check_key(key: str) -> None:
    """Keys stand in the ids of entries, so none may be a person's number."""
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise RowFault("impossible_key", "key")
    try:
        normalise_id(IdType.RESIDENT_ID, key)
    except InvalidIdNumber:
        return
    raise RowFault("key_is_a_document", "key")


def _number(id_type: IdType, number: str) -> str:
    try:
        return normalise_id(id_type, number)
    except InvalidIdNumber as fault:
        raise RowFault(f"id_{fault.reason}", "id_number") from None


def _id_type(row: Row, field: Field) -> IdType:
    try:
        return IdType(_text(row, field, "id_type"))
    except ValueError:
        raise RowFault("unknown_value", "id_type") from None


def _category(row: Row, field: Field) -> Category:
    try:
        return Category(_text(row, field, "category"))
    except ValueError:
        raise RowFault("unknown_value", "category") from None


def _text(row: Row, field: Field, name: str) -> str:
    if field.text is not None:
        try:
            return field.text.format_map(
                {column: "" if value is None else value for column, value in row.values.items()}
            )
        except (KeyError, IndexError, ValueError, AttributeError):
            raise RowFault("no_such_column", name) from None
    value = _value(row, field, name)
    if value is None:
        raise RowFault("missing", name)
    text = str(value)
    if not field.values:
        return text
    if text not in field.values:
        raise RowFault("unknown_value", name)
    return field.values[text]


def _value(row: Row, field: Field, name: str) -> object:
    if field.column is None or field.column not in row.values:
        raise RowFault("no_such_column", name)
    return row.values[field.column]


def _instant(row: Row, field: Field, name: str, zone: tzinfo) -> datetime | None:
    """A time, a day's beginning, or either as ISO 8601 text; None for NULL and for a time without end."""
    value = _value(row, field, name) if field.column is not None else _text(row, field, name)
    if value is None:
        return None
    try:
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime.combine(value, time.min)
    except ValueError:
        raise RowFault("impossible_date", name) from None
    if not isinstance(value, datetime):
        raise RowFault("impossible_date", name)
    return value if value.tzinfo else value.replace(tzinfo=zone)
