from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.twins.audit import ReviewTwin
from tests.twins.audit_seal_behaviour import SealBehaviour, Vault, few
from tests.twins.seals import SealTwin

__all__ = ["few"]


@pytest.fixture
def vault() -> Vault:
    reviews = ReviewTwin()
    seals = SealTwin(reviews.history)

    @asynccontextmanager
    async def open_reviews() -> AsyncIterator[ReviewTwin]:
        yield reviews

    @asynccontextmanager
    async def open_seals() -> AsyncIterator[SealTwin]:
        yield seals

    return Vault(open_reviews, open_seals, seals)


class TestTwin(SealBehaviour):
    pass
