"""What time does: clients are let in and run out, consents end, and who was told nothing for a while catches up."""

from typing import Final

import structlog

from chassis.clock import Clock
from chassis.loop import Step
from services.subscription.handlers.client import expire_due, open_granted
from services.subscription.handlers.code import Ids, catch_up
from services.subscription.handlers.consent import end_over
from services.subscription.ports import Feeds, Name, Registries, Topics

BATCH: Final = 500

log = structlog.get_logger()


def opening(registries: Registries, topics: Topics, clock: Clock) -> Step:
    """A step that lets in who was granted terms."""

    async def step() -> bool:
        return await open_granted(registries, topics, clock.now(), BATCH)

    return step


def expiring(registries: Registries, clock: Clock) -> Step:
    """A step that ends terms that have run out."""

    async def step() -> bool:
        async with registries.begin() as registry:
            return await expire_due(registry, clock.now(), BATCH)

    return step


def ending(feeds: Feeds, name: Name, clock: Clock, ids: Ids) -> Step:
    """A step that ends consents."""

    async def step() -> bool:
        async with feeds.begin() as feed:
            return await end_over(feed, name, clock.now(), ids, BATCH)

    return step


def catching_up(feeds: Feeds, name: Name, clock: Clock, ids: Ids) -> Step:
    """A step that tells clients what they missed."""

    async def step() -> bool:
        async with feeds.begin() as feed:
            return await catch_up(feed, name, clock.now(), ids, BATCH)

    return step
