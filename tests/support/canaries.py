"""Made-up personal values that are like no other text, and the search for them in whatever form they may lie about."""

import base64
import json
import mmap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from tests.support.people import id_number

NAME: Final = "欧阳鸂鶒"
PHONE: Final = "17098263541"
ADDRESS: Final = "鸂鶒弄4417号"
TEMPERATURE: Final = 38.7316294
SYMPTOM: Final = "loss_of_smell_or_taste"
PEOPLE: Final = range(7_301, 7_321)
"""The indexes of the people of this test."""

IDENTITY: Final = (NAME, PHONE, ADDRESS, *(id_number(index) for index in PEOPLE))
"""Who somebody is: nowhere but sealed."""
HEALTH: Final = ("38.7316", SYMPTOM)
"""How somebody is: in declarations, dossiers and their history, and nowhere else."""
FREE: Final = "鹓鶵zqx"
"""What a sender puts where nobody expects it."""

INDEXES: Final = frozenset({".index", ".timeindex"})
"""Files of the broker that hold nothing but offsets and times, and are many megabytes of nothing at first."""


@dataclass(frozen=True)
class Search:
    """Finds these texts in bytes: as they are, escaped as in JSON or in an address, in hexadecimal or in base64."""

    texts: Iterable[str]

    def found_in(self, content: bytes) -> set[str]:
        """Those of the texts that are there."""
        return {text for text in self.texts if any(form in content for form in _forms(text))}

    def found_in_files(self, folder: Path, since: float) -> dict[str, set[str]]:
        """Those that are, as they are, in each file of a folder that was written since an instant."""
        return _hits((str(path.relative_to(folder)), self._in_file(path, since)) for path in sorted(folder.rglob("*")))

    def _in_file(self, path: Path, since: float) -> set[str]:
        try:
            status = path.stat()
            if not path.is_file() or path.suffix in INDEXES or not status.st_size or status.st_mtime < since:
                return set()
            with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return {text for text in self.texts if content.find(text.encode()) >= 0}
        except FileNotFoundError:  # removed meanwhile by the server whose file it is
            return set()

    def found_in_rows(self, tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> dict[str, set[str]]:
        """Those that are in each column of each table, where there are any."""
        return _hits(
            (f"{table}.{column}", self.found_in(_bytes(value)))
            for table, rows in tables.items()
            for row in rows
            for column, value in row.items()
        )


def _hits(found: Iterable[tuple[str, set[str]]]) -> dict[str, set[str]]:
    hits: dict[str, set[str]] = {}
    for place, texts in found:
        if texts:
            hits.setdefault(place, set()).update(texts)
    return hits


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _forms(text: str) -> set[bytes]:
    plain = text.encode()
    hexadecimal = {plain.hex().encode(), plain.hex().upper().encode()}
    escaped = {json.dumps(text)[1:-1].encode(), quote(text).encode(), text.encode("utf-16-le")}
    return {plain} | hexadecimal | escaped | _base64(plain)


def _base64(plain: bytes) -> set[bytes]:
    """The text within a longer one in base64: what depends on it alone, for each place that it may start at."""
    forms = set()
    for before in range(3):
        padded = b"\0" * before + plain
        whole = padded[: len(padded) - len(padded) % 3]
        inner = base64.b64encode(whole)[0 if before == 0 else 4 :]
        forms |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return forms
