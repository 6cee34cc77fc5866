"""Whatever officers, people, codes and time do: each client is told of who agreed, and of nobody else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from hypothesis import given, settings

from healthcode.events import CodeShared
from services.subscription.ports import Feed
from tests.twins.subscription import FeedTwin, RegistryTwin
from tests.twins.subscription_life import Life, lives


@given(lives)
@settings(max_examples=300)
async def test_each_client_is_told_of_who_agreed_and_of_nobody_else(steps: list[tuple[Any, ...]]) -> None:
    registry = RegistryTwin()
    twin = FeedTwin(registry)

    @asynccontextmanager
    async def feeds() -> AsyncIterator[Feed]:
        yield twin

    life = Life(registry, feeds)
    await life.begin()
    for step in steps:
        await life.play(step)
    await life.end()
    await life.check([event for event in twin.events if isinstance(event, CodeShared)])
