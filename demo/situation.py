"""What is known on the first day and what comes later, so that each region's own policy makes of a story what it is."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from demo.cast import Part, Story
from demo.intake import PROMISED
from demo.settings import GANSU, HUBEI, NATION, ZHEJIANG
from healthcode.values import Category, Level

TRIP_DAYS: Final = 30
Known = tuple[str, Level, datetime, datetime | None]

WUHAN: Final = "420100"
WENZHOU: Final = "330300"
NINGBO: Final = "330200"
RISKY_SINCE: Final = timedelta(days=19)
# A stay of three days that ended the day before the declaration; Ningbo turns risky for the last of these days.
STAYED: Final = timedelta(days=3)
LEFT_BEFORE: Final = timedelta(days=1)
RAISED_BEFORE: Final = timedelta(days=6)

PATIENTS: Final = (Category.CONFIRMED, Category.SUSPECTED, Category.CLINICAL)
# By story and region. Without a check-in Zhejiang never releases; the nation and Hubei release contacts by time alone,
# and patients only after they were taken off the list.
CATEGORIES: Final[Mapping[tuple[Story, str], Sequence[Category]]] = {
    (Story.LISTED, ZHEJIANG): (Category.CLOSE_CONTACT, Category.SUSPECTED, Category.CONFIRMED),
    (Story.LISTED, HUBEI): PATIENTS,
    (Story.LISTED, NATION): PATIENTS,
    (Story.ISOLATED, ZHEJIANG): (Category.CLOSE_CONTACT,),
    (Story.ISOLATED, HUBEI): (Category.CLOSE_CONTACT,),
    (Story.ISOLATED, NATION): (Category.CLOSE_CONTACT,),
    (Story.OBSERVED, HUBEI): (Category.CLOSE_CONTACT,),
    (Story.OBSERVED, NATION): (Category.CO_INVESTIGATION, Category.SECONDARY_CONTACT),
    (Story.TRAVELS_LISTED, ZHEJIANG): (Category.CLOSE_CONTACT, Category.SUSPECTED),
    (Story.TRAVELS_LISTED, HUBEI): (Category.CLOSE_CONTACT, Category.SUSPECTED),
    (Story.TRAVELS_LISTED, NATION): (Category.CLOSE_CONTACT, Category.SUSPECTED, Category.SECONDARY_CONTACT),
}
# Not into Wuhan, nor for people of the nation into Hubei at all: a trip into a place at risk is a stay there.
DESTINATIONS: Final[Mapping[str, Sequence[tuple[str, str]]]] = {
    ZHEJIANG: ((HUBEI, "420500"), (GANSU, "620100")),
    HUBEI: ((ZHEJIANG, "330100"), (GANSU, "620100")),
    NATION: ((ZHEJIANG, "330100"), (GANSU, "620100")),
}


def at_risk(now: datetime) -> list[Known]:
    """The areas that are at risk from the first day on, for every region's audit: area, level, since, until."""
    since = _hour(now - RISKY_SINCE)
    return [(WUHAN, Level.HIGH, since, None), (WENZHOU, Level.HIGH, since, None)]


def raised(now: datetime) -> list[Known]:
    """What is raised later, from some days before: whoever was there since is looked at again."""
    return [(NINGBO, Level.HIGH, _hour(now - RAISED_BEFORE), None)]


def category(part: Part, number: int) -> Category | None:
    """The category of the so-manieth entry; None when this story brings nobody of this region onto a list."""
    choice = CATEGORIES.get((part.story, part.person.region))
    return choice[number % len(choice)] if choice else None


def destination(region: str, number: int) -> tuple[str, str]:
    """Where the so-manieth traveller of a region goes: the region, and a place in it."""
    choice = DESTINATIONS[region]
    return choice[number % len(choice)]


def health(part: Part, today: date) -> dict[str, Any]:
    """What a person with this story declares on the first day."""
    place = _place(part)
    if place is not None:
        until = today - LEFT_BEFORE
        stay = {"area": place, "since": (until - STAYED).isoformat(), "until": until.isoformat()}
        return {**PROMISED, "stays": [stay]}
    if part.story is Story.WATCHED:
        return {**PROMISED, "temperature": 37.6, "symptoms": ["fever", "cough"]}
    return PROMISED


def _place(part: Part) -> str | None:
    if part.story in (Story.NEAR, Story.TRAVELS_NEAR):
        return NINGBO
    if part.story is Story.OBSERVED and part.person.region == ZHEJIANG:
        return WUHAN
    if part.story is Story.WATCHED and part.person.region != HUBEI:
        return WENZHOU
    return None


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
