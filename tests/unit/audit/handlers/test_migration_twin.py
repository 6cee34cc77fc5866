from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import pytest
from msgspec.structs import replace

from services.audit.ports.entry import Listing
from services.audit.ports.migration import Entries
from tests.twins.audit_migration import MigrationTwin
from tests.twins.audit_migration_behaviour import Books, MigrationBehaviour


@pytest.fixture
def books() -> Books:
    twin = MigrationTwin()

    @asynccontextmanager
    async def begin() -> AsyncIterator[MigrationTwin]:
        yield twin

    async def put(subject: str, facts: bytes, reviewed_at: datetime) -> None:
        twin.people[subject] = (facts, reviewed_at)

    async def enter(listing: Listing) -> None:
        known = twin.authorities.get(listing.subject, Entries())
        others = tuple(each for each in known.listings if each.entry != listing.entry)
        twin.authorities[listing.subject] = known._replace(listings=(*others, replace(listing)))

    return Books(begin, put, enter)


class TestTwin(MigrationBehaviour):
    pass
