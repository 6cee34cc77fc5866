"""Every small change of a pack: each rule and branch left out, each color changed, numbers moved, anchors swapped."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import date, timedelta
from typing import Any, Final, NamedTuple, TypeAlias, get_args

from services.audit.domain.policy.pack import Anchor

Path: TypeAlias = tuple[str | int, ...]
Document: TypeAlias = dict[str, Any]
Pairs: TypeAlias = set[tuple[Any, Any]]

CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "color": ("yellow", "red"),
    "from": get_args(Anchor),
    "result": ("negative", "positive"),
    "denied": ("contact", "abroad", "symptoms"),
}
KEPT: Final = frozenset({"id", "reason", "color", "when", "from", "days"})
"""What a rule cannot be without, so leaving it out says nothing."""


class Mutant(NamedTuple):
    """A changed pack, and what was changed."""

    change: str
    document: Document


def mutants(document: Document) -> Iterator[Mutant]:
    """All of a pack, as its YAML reads; many are no valid packs."""
    for number, rule in enumerate(document["rules"]):
        if len(document["rules"]) > 1:
            yield _without(document, ("rules", number), f"{rule['id']} left out")
        for place, change, value in _changes(rule, (), _synonyms(rule["when"])):
            where = ".".join(str(part) for part in place)
            path = ("rules", number, *place)
            if change is _GONE:
                yield _without(document, path, f"{rule['id']} {where} left out")
            else:
                yield Mutant(f"{rule['id']} {where}: {change}", _with(document, path, value))
    if days := document.get("declaration_valid_days"):
        yield _without(document, ("declaration_valid_days",), "declaration_valid_days left out")
        for more in (-1, 1):
            changed = _with(document, ("declaration_valid_days",), days + more)
            yield Mutant(f"declaration_valid_days: {days} → {days + more}", changed)


_GONE: Final = "gone"


def _changes(part: Any, place: Path, same: Pairs) -> Iterator[tuple[Path, str, Any]]:
    """The place of each change in a rule, how it reads, and the new value; `same` are values that mean the same."""
    if isinstance(part, dict):
        for key, value in part.items():
            here = (*place, key)
            if key not in KEPT and not (place and place[-1] in _PREDICATE_HOLDERS) and len(part) > 1:
                yield here, _GONE, None
            yield from _changes(value, here, same)
        if "not" in part:
            yield place, "without `not`", part["not"]
    elif isinstance(part, list):
        for number, value in enumerate(part):
            if len(part) > 1 and not isinstance(value, date):
                yield (*place, number), _GONE, None
            yield from _changes(value, (*place, number), same)
    else:
        yield from ((place, f"{part} → {new}", new) for new in _others(part, place) if (part, new) not in same)


def _synonyms(when: Document) -> Pairs:
    """Of conditions of one kind, `since` is another word for the time that the kind has of its own."""
    kinds = set(_kinds(when))
    own = {anchor for anchor, of in _OWN.items() if kinds <= of}
    return {(anchor, "since") for anchor in own} | {("since", anchor) for anchor in own}


def _kinds(when: Document) -> Iterator[str]:
    for name, value in when.items():
        if name in {"all", "any"}:
            for each in value:
                yield from _kinds(each)
        elif name != "not":
            yield name


_OWN: Final = {
    "listed_at": {"listed"},
    "declared_at": {"symptom", "temperature", "contact", "contradicted"},
    "sampled_at": {"tested"},
}
_PREDICATE_HOLDERS: Final = frozenset({"when"})


def _others(value: Any, place: Path) -> Iterator[Any]:
    """What else could stand there."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value - 1, value + 1)
    elif isinstance(value, float):
        yield from (round(value - 0.1, 1), round(value + 0.1, 1))
    elif isinstance(value, date):
        yield from (value - timedelta(1), value + timedelta(1))
    elif place[-1] in CHOICES:
        yield from (each for each in CHOICES[str(place[-1])] if each != value)


def _holder(document: Document, path: Path) -> Any:
    part: Any = document
    for step in path[:-1]:
        part = part[step]
    return part


def _with(document: Document, path: Path, value: Any) -> Document:
    changed = deepcopy(document)
    _holder(changed, path)[path[-1]] = value
    return changed


def _without(document: Document, path: Path, change: str) -> Mutant:
    changed = deepcopy(document)
    del _holder(changed, path)[path[-1]]
    return Mutant(change, changed)
