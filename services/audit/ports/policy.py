"""What it takes to change a policy: the acts that stand, and the number of the reference data."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from healthcode.events import Event
from services.audit.domain import PolicyAct
from services.audit.ports.entry import ReferenceStore


class Pack(msgspec.Struct, frozen=True):
    """A pack as it is handed in: its text, and the name of its file."""

    file: str
    text: str


class Problem(msgspec.Struct, frozen=True):
    """What is wrong in a pack, and what to write instead. `line` counts from 1."""

    file: str
    line: int
    what: str


class PackFault(Exception):  # noqa: N818 - a verdict on a pack, not a fault of ours
    """A pack is not accepted; `problems` say why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(f"{each.file}:{each.line}: {each.what}" for each in problems))
        self.problems = tuple(problems)


class PolicyReader(Protocol):
    """Reads what officers put in force."""

    async def policy_acts(self) -> list[PolicyAct]:
        """What officers put in force, in the order of its recording."""
        ...


class PolicyStore(PolicyReader, ReferenceStore, Protocol):
    """One transaction that changes the policies, which are a part of the reference data."""

    async def lock_reference(self) -> None:
        """Keep others off the reference data until the end of the transaction."""
        ...

    async def replace_policies(self, digest: str) -> bool:
        """Note which files count; tells whether they were others before."""
        ...

    async def add_policy(self, act: PolicyAct) -> None:
        """Add an act behind those that stand."""
        ...

    async def publish(self, events: Sequence[Event]) -> None:
        """Publish when the transaction commits."""
        ...
