"""Which kinds of records there are, and what a region shares of them: the nation's and a region's records.yaml."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Literal

import msgspec

from healthcode.areas import is_known
from healthcode.records import KINDS, Content

EVERY: Final = "*"
MOST_DAYS: Final = 366

Place = Sequence[str | int]
Where = Callable[[Place], str]
"""How a part of a document is called in an error: its file and line."""


class RecordsError(ValueError):
    """A records.yaml is refused; each of `faults` says where, what is wrong and what to write."""

    def __init__(self, faults: Sequence[str]) -> None:
        """`faults`: one sentence each."""
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of record in the national catalogue: for which purposes, how old at most, and with which fields."""

    kind: str
    purposes: tuple[str, ...]
    days: int
    fields: tuple[str, ...]

    @property
    def age(self) -> timedelta:
        """How old a record may be that is shared for the first time."""
        return timedelta(days=self.days)

    def sieve(self, content: Content) -> Content:
        """A content without what the catalogue leaves out."""
        kept = {name: getattr(content, name) for name in self.fields}
        return type(content)(**kept)


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A region shares a kind of record with regions (`*`: with every one), for purposes."""

    kind: str
    with_: Literal["*"] | tuple[str, ...] = msgspec.field(name="with")
    for_: tuple[str, ...] = msgspec.field(name="for")


class _Nation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kinds: tuple[Kind, ...]


class _Region(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    shares: tuple[Rule, ...]


@dataclass(frozen=True)
class Shares:
    """What a region shares; by default nothing."""

    kinds: Mapping[str, Kind]
    rules: tuple[Rule, ...] = field(default=())

    @property
    def shared(self) -> frozenset[str]:
        """The kinds that anybody is told of at all."""
        return frozenset(rule.kind for rule in self.rules)

    def allows(self, kind: str, destination: str, purpose: str) -> bool:
        """Whether a record of that kind goes there for that."""
        return any(
            rule.kind == kind and purpose in rule.for_ and (rule.with_ == EVERY or destination in rule.with_)
            for rule in self.rules
        )


def kinds_from(document: Any, where: Where) -> dict[str, Kind]:
    """The kinds in the nation's parsed records.yaml. Raises RecordsError."""
    parsed = _parsed(document, _Nation, where, "kinds: [{kind: test, purposes: [trip], days: 30, fields: […]}]")
    faults = []
    seen: set[str] = set()
    for number, kind in enumerate(parsed.kinds):
        faults += [f"{where(('kinds', number, name))}: {fault}" for name, fault in _kind_faults(kind, seen)]
        seen.add(kind.kind)
    if faults:
        raise RecordsError(faults)
    return {kind.kind: kind for kind in parsed.kinds}


def shares_from(document: Any, kinds: Mapping[str, Kind], own: str, where: Where) -> Shares:
    """What a region's parsed records.yaml lets out, within the national kinds. Raises RecordsError."""
    parsed = _parsed(document, _Region, where, 'shares: [{kind: test, with: "*", for: [trip]}]')
    faults = []
    for number, rule in enumerate(parsed.shares):
        found = _rule_faults(rule, kinds, own)
        faults += [f"{where(('shares', number, name))}: {fault}" for name, fault in found]
    if faults:
        raise RecordsError(faults)
    return Shares(kinds, parsed.shares)


def _parsed(document: Any, kind: type[Any], where: Where, example: str) -> Any:
    try:
        return msgspec.convert(document, kind, strict=True)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at `$")
        raise RecordsError([f"{where(_path(place.rstrip('`')))}: {what}; write it as in {example}"]) from None


def _path(place: str) -> list[str | int]:
    """The path in msgspec's `.kinds[0].days`."""
    steps = place.replace("[", ".").replace("]", "").split(".")
    return [int(step) if step.isdecimal() else step for step in steps if step and step != "..."]


def _kind_faults(kind: Kind, seen: set[str]) -> list[tuple[str, str]]:
    if kind.kind not in KINDS:
        return [("kind", f"no such kind {kind.kind!r}; write one of {', '.join(KINDS)}")]
    faults = []
    if kind.kind in seen:
        faults.append(("kind", f"{kind.kind} stands twice; keep one of them"))
    if not 1 <= kind.days <= MOST_DAYS:
        faults.append(("days", f"{kind.days} days; write 1 to {MOST_DAYS}"))
    if not kind.purposes:
        faults.append(("purposes", f"{kind.kind} is for nothing; write a purpose, or leave the kind out"))
    fields = {each.encode_name: each.required for each in msgspec.structs.fields(KINDS[kind.kind])}
    faults += [
        ("fields", f"{kind.kind} has no field {name!r}; write some of {', '.join(fields)}")
        for name in kind.fields
        if name not in fields
    ]
    faults += [
        ("fields", f"a {kind.kind} cannot be judged without {name}; add it")
        for name, required in fields.items()
        if required and name not in kind.fields
    ]
    return faults


def _rule_faults(rule: Rule, kinds: Mapping[str, Kind], own: str) -> list[tuple[str, str]]:
    kind = kinds.get(rule.kind)
    if kind is None:
        known = ", ".join(kinds) or "none is published"
        return [("kind", f"{rule.kind!r} is not in the national catalogue of kinds; write one of {known}")]
    faults = [
        ("for", f"{rule.kind} is not shared for {purpose!r}; write some of {', '.join(kind.purposes)}")
        for purpose in rule.for_
        if purpose not in kind.purposes
    ]
    if not rule.for_:
        faults.append(("for", f"{rule.kind} is shared for nothing; write a purpose, or leave the row out"))
    if rule.with_ != EVERY:
        faults += [
            ("with", f'{code!r} is no other region; write its code of six digits in quotes, or "*" for every one')
            for code in rule.with_
            if code == own or not (is_known(code) and code.endswith("0000"))
        ]
    return faults
