"""What it takes to let a region without a code of its own feed this audit."""

from collections.abc import Sequence
from typing import Protocol

from services.audit.ports.entry import AreaStore, EntryStore, Listing, Test


class Residences(Protocol):
    """Where people live, by what they have declared."""

    async def residences(self, subjects: Sequence[str]) -> dict[str, str]:
        """The area of residence of each of these people of whom one is known."""
        ...


class SourceBooks(Protocol):
    """All that submissions of regions are weighed by and written to, within one transaction."""

    @property
    def people(self) -> Residences:
        """Where people live."""
        ...

    @property
    def listings(self) -> EntryStore[Listing]:
        """Entries of control lists."""
        ...

    @property
    def tests(self) -> EntryStore[Test]:
        """Results of tests."""
        ...

    @property
    def areas(self) -> AreaStore:
        """Levels of areas."""
        ...
