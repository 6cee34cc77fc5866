"""The columns of a batch in CSV, and the JSON form that a row stands for."""

import re
from typing import Any, Final

from services.declaration.domain.fault import Fault, Path
from services.declaration.domain.statement import Kind

_PERSON: Final = {"id_type": ("person",), "id_number": ("person",)}
_BASIC: Final = ("name", "id_type", "id_number", "phone", "address", "residence", "nationality")
_HEALTH: Final = ("temperature", "symptoms", "contact", "stays", "promise")

PLACES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    Kind.DECLARATION.value: {**dict.fromkeys(_BASIC, ("basic",)), **dict.fromkeys(_HEALTH, ("health",))},
    Kind.CHECK_IN.value: {**_PERSON, "temperature": (), "symptoms": ()},
    Kind.TRIP.value: {**_PERSON, "destination": (), "area": (), "since": (), "until": ()},
}
"""Where the cell of each column goes, by kind."""
COLUMNS: Final = frozenset({"kind"}.union(*PLACES.values()))

DOCUMENTATION: Final = """\
| column | for | what |
|---|---|---|
| `kind` | – | `declaration` (default), `check_in` or `trip` |
| `id_type`, `id_number` | all | the person's document |
| `name`, `phone`, `address`, `residence`, `nationality` | declaration | basic information |
| `temperature` | declaration, check_in | 36.5 |
| `symptoms` | declaration, check_in | codes with `;` between, or empty |
| `contact`, `promise` | declaration | `true` or `false` |
| `stays` | declaration | `area/since/until` with `;` between; abroad `JP/since/until` |
| `destination`, `area`, `since`, `until` | trip | `until` may be empty |
"""

_NUMBER: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3})?")
_TRUTH: Final = {"true": True, "false": False, "是": True, "否": False}


def from_row(cells: dict[str, str]) -> dict[str, Any] | Fault:
    """The JSON form of a row, or the fault of it; `cells` are those that are not empty, by column."""
    kind = cells.pop("kind", Kind.DECLARATION.value)
    value: dict[str, Any] = {"kind": kind}
    places = PLACES.get(kind, {})
    if kind == Kind.DECLARATION.value:
        value |= {"basic": {}, "health": {"symptoms": [], "stays": []}}
    elif places:
        value |= {"person": {}}
    for column, text in cells.items():
        if places and column not in places:
            return Fault("extra_forbidden", (column,))
        target = value
        for part in places.get(column, ()):
            target = target[part]
        target[column] = _cell(column, text)
    return value


def column_of(path: Path) -> str | None:
    """The column that a path in the JSON form stands for."""
    return next((str(part) for part in path if part in COLUMNS), None)


def _cell(column: str, text: str) -> Any:
    """A cell in its JSON form; what does not fit stays text, which its field then refuses."""
    if column == "temperature":
        return float(text) if _NUMBER.fullmatch(text) else text
    if column in ("contact", "promise"):
        return _TRUTH.get(text.lower(), text)
    if column == "symptoms":
        return [symptom.strip() for symptom in text.split(";") if symptom.strip()]
    if column == "stays":
        return [_stay(stay.strip()) for stay in text.split(";") if stay.strip()]
    return text


def _stay(text: str) -> Any:
    place, *days = (part.strip() for part in text.split("/"))
    if len(days) != 2:
        return text
    return {"area" if place[:1].isdigit() else "country": place, "since": days[0], "until": days[1]}
