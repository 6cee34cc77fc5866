"""The national catalogue: which regions there are, by which way each recognises, and each one's keys."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from healthcode.catalogue import SPOKEN
from healthcode.values import Way

SUSPENDED_REGION: Final = "suspended-region"
UNKNOWN_REGION: Final = "unknown-region"
"""Why a region does not count: the reason that a refusal, a guest and a dead letter carry."""


class CatalogueError(ValueError):
    """The catalogue is no catalogue; the text says where and what."""


class Suspended(msgspec.Struct, frozen=True, rename={"since": "from"}):
    """From when, and if that is decided until when, a region does not count."""

    since: datetime
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it does, at a time."""
        return self.since <= now and (self.until is None or now < self.until)


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A region as the nation vouches for it, from `valid_from` on and before `valid_until`.

    A region that changes its key stands there twice. `encryption`: what is sealed to it is sealed to this key; without
    one nobody can ask it, or share with it.
    """

    code: str
    way: Way
    hub: bool = False
    adopts: str | None = None
    signing: dict[str, str]
    encryption: dict[str, str] | None = None
    valid_from: datetime
    valid_until: datetime
    suspensions: tuple[Suspended, ...] = ()
    speaks: tuple[int, ...] = (SPOKEN,)
    """The versions of messages between regions that it understands."""

    def valid(self, now: datetime) -> bool:
        """Whether it counts at that time."""
        return self.valid_from <= now < self.valid_until


class _Document(msgspec.Struct, frozen=True):
    regions: tuple[Member, ...]


class _Books(NamedTuple):
    """The members by code, by the key that they sign with, and the keys that are sealed to."""

    by_code: dict[str, list[Member]]
    by_kid: dict[str, tuple[Member, ECKey]]
    sealed_to: dict[tuple[str, datetime], ec.EllipticCurvePublicKey]


class Catalogue:
    """The members, by code and by key."""

    def __init__(self, members: tuple[Member, ...]) -> None:
        """Raises CatalogueError on a key that cannot be used, and on one that two regions share."""
        self._own = _Books(defaultdict(list), {}, {})
        for member in members:
            if member.valid_from.tzinfo is None or member.valid_until.tzinfo is None:
                raise CatalogueError(f"{member.code}: valid_from and valid_until need a time zone")
            kid = member.signing.get("kid", "")
            other = self._own.by_kid.get(kid)
            if not kid or (other and other[0].code != member.code):
                raise CatalogueError(f"{member.code}: signing needs a kid of its own")
            self._own.by_code[member.code].append(member)
            self._own.by_kid[kid] = (member, _public_key(member.code, "signing", member.signing))
            if member.encryption is not None:
                key = _public_key(member.code, "encryption", member.encryption)
                self._own.sealed_to[member.code, member.valid_from] = key.public_key

    @property
    def _books(self) -> _Books:
        """What is answered from."""
        return self._own

    @property
    def members(self) -> tuple[Member, ...]:
        """All entries."""
        return tuple(member for same in self._books.by_code.values() for member in same)

    def member(self, code: str, now: datetime) -> Member | None:
        """A region that counts now."""
        return next((member for member in self._books.by_code.get(code, ()) if member.valid(now)), None)

    def standing(self, now: datetime) -> dict[str, str | None]:
        """Every region that is or was a member, and why it does not count now; None for one that does."""
        return {code: self.away(code, now) for code in self._books.by_code}

    @property
    def nation(self) -> str | None:
        """The region that the hub is in."""
        return next((code for code, members in self._books.by_code.items() if any(each.hub for each in members)), None)

    def hosts(self, code: str, now: datetime) -> bool:
        """Whether that is a region that can have guests now; nobody travels to the nation as such."""
        member = self.member(code, now)
        return member is not None and not member.hub and self.away(code, now) is None

    def receives(self, home: str, code: str, now: datetime) -> bool:
        """Whether a home region may have people there: one that has guests, suspended or not, and that it can tell.

        What is to be told while one of both is suspended is told when it counts again.
        """
        member = self.member(code, now)
        joined = self.member(home, now) is not None
        return member is not None and not member.hub and (not joined or self.agreed(home, code, now) is not None)

    def away(self, code: str, now: datetime) -> str | None:
        """Why a region does not count now: it is suspended, or not a member; None for one that does."""
        if self.member(code, now) is None:
            return UNKNOWN_REGION
        suspended = any(each.holds(now) for member in self._books.by_code[code] for each in member.suspensions)
        return SUSPENDED_REGION if suspended else None

    def agreed(self, one: str, other: str, now: datetime) -> int | None:
        """The highest version of messages that two regions and these programs speak; None where there is none."""
        members = self.member(one, now), self.member(other, now)
        spoken = [set(member.speaks) for member in members if member is not None]
        return max(set.intersection({SPOKEN}, *spoken), default=None) if len(spoken) == len(members) else None

    def regions(self) -> tuple[str, ...]:
        """All that are in it, at whatever time."""
        return tuple(self._books.by_code)

    def signer(self, kid: str, now: datetime) -> tuple[Member, ECKey] | None:
        """Whose key that is, if it counts now."""
        found = self._books.by_kid.get(kid)
        return found if found and found[0].valid(now) else None

    def encryption(self, code: str, now: datetime) -> ec.EllipticCurvePublicKey | None:
        """The key that is sealed to for that region now; None where it has none."""
        return self._books.sealed_to.get((code, member.valid_from)) if (member := self.member(code, now)) else None

    def askable(self, code: str, now: datetime) -> ec.EllipticCurvePublicKey | None:
        """What is sealed to for a region that has a code of its own; None where there is nobody to ask."""
        member = self.member(code, now)
        return self.encryption(code, now) if member is not None and member.adopts is None else None


class LiveCatalogue(Catalogue):
    """The members as they are now, in a catalogue that changes: whatever is asked, the present one answers."""

    def __init__(self, current: Callable[[], Catalogue]) -> None:
        """`current`: the present one; this one holds nothing of its own."""
        self._current = current

    @property
    def _books(self) -> _Books:
        return self._current()._books  # noqa: SLF001 - one of its own kind


def catalogue_from(document: Mapping[str, Any]) -> Catalogue:
    """The catalogue in a parsed document. Raises CatalogueError."""
    try:
        return Catalogue(msgspec.convert(document, _Document).regions)
    except msgspec.ValidationError as error:
        raise CatalogueError(str(error)) from None


def _public_key(code: str, use: str, jwk: Mapping[str, str]) -> ECKey:
    try:
        key = ECKey.import_key({name: value for name, value in jwk.items() if name != "d"})
    except (JoseError, ValueError, KeyError) as error:
        raise CatalogueError(f"{code}: {use} is no public key ({type(error).__name__})") from None
    if key.curve_name != "P-256":
        raise CatalogueError(f"{code}: {use} must be a key on P-256")
    return key
