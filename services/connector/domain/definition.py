"""A connector as data: `regions/<code>/connectors/<name>.yaml`."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

NAME: Final = re.compile(r"[a-z][a-z0-9-]{1,31}")


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a field of an entry comes from: a column, its values translated, or a text with `{columns}` in it."""

    column: str | None = None
    values: Mapping[str, str] = {}
    text: str | None = None

    def __post_init__(self) -> None:
        """Refuse what names no place, or two."""
        if (self.column is None) == (self.text is None):
            raise ValueError("a field takes either `column` (with `values`, if they are to be translated) or `text`")
        if self.text is not None and self.values:
            raise ValueError("`values` translates a `column`; a `text` has none")


class Fields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fields of an entry."""

    id_type: Field
    id_number: Field
    category: Field
    evidence: Field
    valid_from: Field
    valid_until: Field | None = None


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is pulled from where, how fast, and what is too strange to go on with.

    `connector` is a name for ever: the ids of entries begin with it. `address` names a file of the folder of secrets.
    `key` and `watermark` are columns of the query; a row that changes gets a higher watermark. `overlap`: how far
    behind the highest watermark each round begins (seconds, or the number's own unit), for rows that were committed
    late. `rate`: rows a second. `most_faults`: so many rows that cannot be read hold the connector; `most_gone`: so
    large a share of the entries missing at once holds it too.
    """

    connector: str
    kind: str
    address: str
    query: str
    key: str
    watermark: str
    source: str
    fields: Fields
    overlap: float = 300
    rate: float = 500
    page: int = 200
    pull_seconds: float = 10
    sweep_seconds: float = 3600
    most_faults: int = 100
    most_gone: float = 0.2

    def __post_init__(self) -> None:
        """Refuse what could not work."""
        if not NAME.fullmatch(self.connector):
            raise ValueError("`connector` is 2 to 32 of a-z, 0-9 and -, and begins with a letter")
        if not 1 <= self.page <= 1000:
            raise ValueError("`page` is 1 to 1000 rows")
        for name in ("rate", "pull_seconds", "sweep_seconds"):
            if getattr(self, name) <= 0:
                raise ValueError(f"`{name}` is more than 0")
        if self.overlap < 0 or self.most_faults < 0 or not 0 <= self.most_gone <= 1:
            raise ValueError("`overlap` and `most_faults` are 0 or more, `most_gone` is a share from 0 to 1")


def definition_from(document: object) -> Definition:
    """The definition in a parsed YAML document. Raises ValueError that names the field and what is wrong with it.

    A field that is only a name is short for its column.
    """
    if not isinstance(document, dict):
        raise ValueError("expected a mapping with `connector`, `kind`, `address`, `query` and so on")  # noqa: TRY004 - one kind of error for all that is wrong with a document
    fields: Any = document.get("fields")
    if isinstance(fields, dict):
        long = {name: {"column": given} if isinstance(given, str) else given for name, given in fields.items()}
        document = {**document, "fields": long}
    return msgspec.convert(document, Definition, strict=True)
