"""Who is meant, who speaks, and who therefore vouches."""

from typing import Final

import msgspec

from healthcode.values import Attestation, IdType

# Whose word about names and addresses overwrites whose: the later of equals, never the weaker.
WEIGHT: Final = {Attestation.OTHER: 0, Attestation.GUARDIAN: 1, Attestation.COUNTER: 2, Attestation.SELF: 2}

COUNTER: Final = "counter"


class Document(msgspec.Struct, frozen=True):
    """An identity document; kept out of `repr`, which ends up in logs."""

    id_type: IdType
    id_number: str

    def __repr__(self) -> str:
        return f"Document({self.id_type.value})"


class Basic(msgspec.Struct, frozen=True, kw_only=True):
    """Basic information of GB/T 38962-2020. `residence`: a GB/T 2260 code; `nationality`: ISO 3166-1, two letters."""

    name: str
    document: Document
    phone: str
    address: str
    residence: str
    nationality: str | None = None

    def __repr__(self) -> str:
        return f"Basic({self.document!r})"


class Caller(msgspec.Struct, frozen=True):
    """Who speaks: an account, its roles, and the subject that its verified identity document stands for, if any."""

    account: str
    roles: frozenset[str]
    subject: str | None = None


class Sealed(msgspec.Struct, frozen=True):
    """A person's basic information as it is stored: `wrapped` is the person's own key, under the region's."""

    wrapped: bytes
    sealed: bytes


class Person(msgspec.Struct, frozen=True):
    """A row to lock, and what to write into it; without `basic` it is only locked.

    `weight` is that of who vouches for the basic information; `self_declared` says that it is the person's own
    declaration.
    """

    subject: str
    basic: Sealed | None = None
    weight: int = 0
    self_declared: bool = False


def attest(caller: Caller, subject: str, *, guardian: bool) -> Attestation:
    """Who vouches: the person only when the verified identity of the login is theirs.

    `guardian`: the caller has registered the person as a dependant who does not declare for themselves.
    """
    if caller.subject == subject:
        return Attestation.SELF
    if guardian:
        return Attestation.GUARDIAN
    return Attestation.COUNTER if COUNTER in caller.roles else Attestation.OTHER


def merged(people: list[Person]) -> list[Person]:
    """One row a subject, in the order in which all lock them; of several basic informations the weightiest, latest."""
    rows: dict[str, Person] = {}
    for person in people:
        known = rows.get(person.subject, person)
        wins = known.basic is None or (person.basic is not None and person.weight >= known.weight)
        self_declared = known.self_declared or person.self_declared
        rows[person.subject] = msgspec.structs.replace(person if wins else known, self_declared=self_declared)
    return [rows[subject] for subject in sorted(rows)]
