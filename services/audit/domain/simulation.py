"""What a change would make of people: the same facts, looked at in two worlds at one instant."""

from datetime import datetime, tzinfo
from typing import NamedTuple, TypeVar

import msgspec

from services.audit.domain.areas import Areas
from services.audit.domain.dossier import Dossier
from services.audit.domain.policy.policy import Policy
from services.audit.domain.review import review

_K = TypeVar("_K")

DISTRICT = 6
"""So many digits of an area of residence are counted by: its district."""


class World(NamedTuple):
    """What people are judged by."""

    policy: Policy
    areas: Areas


class Tally(msgspec.Struct):
    """How many go from which color to which.

    `colors`: from, to, those who keep theirs among them. Of who changes, `rules`: from, to, the rule that decides now
    and the one that would; `areas`: from, to, district of residence, empty where none is known.
    """

    colors: dict[tuple[str, str], int] = {}
    rules: dict[tuple[str, str, str, str], int] = {}
    areas: dict[tuple[str, str, str], int] = {}

    @staticmethod
    def decode(data: bytes) -> "Tally":
        """A tally in its bytes; an empty one in none. Raises msgspec.DecodeError."""
        return _decoder.decode(data) if data else Tally()

    def encode(self) -> bytes:
        """Its bytes."""
        return _encode(self)


def count(tally: Tally, dossier: Dossier, worlds: tuple[World, World], at: datetime, tz: tzinfo) -> None:
    """Enter one person in a tally: as they are in the first world, and as they would be in the second."""
    now, then = (review(dossier, world.areas, world.policy, at, tz) for world in worlds)
    change = (now.color.value, then.color.value)
    _add(tally.colors, change)
    if now.color is not then.color:
        _add(tally.rules, (*change, now.hits[0].rule, then.hits[0].rule))
        _add(tally.areas, (*change, (dossier.residence or "")[:DISTRICT]))


def changed(tally: Tally) -> int:
    """How many would have another color."""
    return sum(people for (now, then), people in tally.colors.items() if now != then)


def _add(counts: dict[_K, int], key: _K) -> None:
    counts[key] = counts.get(key, 0) + 1


_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Tally)
