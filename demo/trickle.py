"""What goes on after the story: a few people a second declare, check in and travel, and now and then one is listed."""

import asyncio
import random
import time
from collections import deque
from datetime import timedelta
from typing import Final

from demo import situation
from demo.days import Days
from demo.follower import Follower
from demo.intake import Entry, Intake
from demo.population import Person, Population
from demo.settings import SEED
from healthcode.values import Category

PAUSE_SECONDS: Final = 0.25
KNOWN: Final = 2000  # so many people at most; then they come back
TRIP_SHARE: Final = 0.1
CHECK_IN_SHARE: Final = 0.4
LISTED_SHARE: Final = 0.03


async def trickle(population: Population, intake: Intake, follower: Follower, days: Days) -> None:
    """Go on until cancelled."""
    pick = random.Random(SEED)  # noqa: S311 - made-up people
    known: deque[Person] = deque(maxlen=KNOWN)
    while True:
        async with days.turn():
            ident = await _act(pick, known, population, intake, days)
            if ident is not None:
                follower.tally.delays.accepted(ident, time.perf_counter(), sample=True)
        await asyncio.sleep(PAUSE_SECONDS)


async def _act(
    pick: random.Random, known: deque[Person], population: Population, intake: Intake, days: Days
) -> str | None:
    """One act of somebody; the id to follow, if the person declared something."""
    chance = pick.random()
    if chance > CHECK_IN_SHARE + TRIP_SHARE + LISTED_SHARE or not known:
        if len(known) < KNOWN:
            known.extend(person for person in population.people(1))
            person = known[-1]
        else:
            person = pick.choice(known)
        return await intake.declare(person)
    person = pick.choice(known)
    if chance < LISTED_SHARE:
        now = days.now.replace(microsecond=0)
        await intake.enter(person.region, [Entry(person, Category.CLOSE_CONTACT, now)])
        return None
    if chance < LISTED_SHARE + TRIP_SHARE:
        destination, area = situation.destination(person.region, pick.randrange(2))
        until = days.today + timedelta(days=situation.TRIP_DAYS)
        return await intake.travel(person, destination, area, days.today, until)
    return await intake.check_in(person)
