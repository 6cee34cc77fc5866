"""The service over the stores in memory."""

from collections.abc import AsyncIterator, Sequence

import pytest

from healthcode.events import Event
from tests.unit.declaration.office import Office, open_office
from tests.unit.declaration.twin import TwinUnits


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    """The service over the stores in memory."""
    units = TwinUnits()

    async def published() -> Sequence[Event]:
        return units.state.published

    opened = open_office(lambda _: units, published)
    async with opened.http:
        yield opened
