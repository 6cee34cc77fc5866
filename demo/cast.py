"""Who plays which part: of each region's people so many in a thousand are listed, unwell, were in a place, travel."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from demo.population import Channel, Person
from demo.settings import DECLARING, ZHEJIANG


class Story(StrEnum):
    """What is going to happen to a person; what color each region's policy makes of it is in `situation`."""

    WELL = "well"
    LISTED = "listed"
    """A patient, or a contact who does not check in: red to the end."""
    ISOLATED = "isolated"
    """A contact: red, in Hubei yellow, and released after fourteen days."""
    OBSERVED = "observed"
    """Was in an area at risk and does not check in, or is listed later: yellow to the end."""
    WATCHED = "watched"
    """Was in an area at risk, or has a fever: yellow, and released."""
    NEAR = "near"
    """Was in a place whose level is raised later; Hubei's rules do not ask for that."""
    TRAVELS = "travels"
    """Well, and on a trip to another region."""
    TRAVELS_LISTED = "travels_listed"
    """On a trip, and put on a list meanwhile."""
    TRAVELS_NEAR = "travels_near"
    """On a trip, and was in a place whose level is raised meanwhile."""


# In a thousand people of a region. The first need an account of their own: they check in, or declare a trip.
OWN: Final = (
    (Story.ISOLATED, 8),
    (Story.WATCHED, 10),
    (Story.TRAVELS_LISTED, 9),
    (Story.TRAVELS_NEAR, 9),
    (Story.TRAVELS, 24),
)
ANY: Final = ((Story.LISTED, 80), (Story.OBSERVED, 80), (Story.NEAR, 40))
TRAVELLING: Final = frozenset({Story.TRAVELS, Story.TRAVELS_LISTED, Story.TRAVELS_NEAR})
CHECKING_IN: Final = frozenset({Story.ISOLATED, Story.WATCHED})


@dataclass(frozen=True, slots=True)
class Part:
    """A person and their story."""

    person: Person
    story: Story

    @property
    def on_streak(self) -> bool:
        """Whether the person checks in every day: Zhejiang asks that of whoever is to be released, others do not."""
        return self.story in CHECKING_IN and self.person.region == ZHEJIANG


def cast(people: Iterable[Person]) -> list[Part]:
    """A part for each, in the order of the people."""
    everybody = list(people)
    stories: dict[int, Story] = {}
    for region in DECLARING:
        mine = [person for person in everybody if person.region == region]
        own = [person for person in mine if person.channel is Channel.SELF]
        _deal(own, OWN, len(mine), stories)
        others = [p for p in mine if p.number not in stories and p.channel is not Channel.UNCONFIRMED]
        _deal(others[::-1], ANY, len(mine), stories)
    return [Part(person, stories.get(person.number, Story.WELL)) for person in everybody]


def _deal(people: Sequence[Person], shares: Sequence[tuple[Story, int]], of: int, stories: dict[int, Story]) -> None:
    at = 0
    for story, share in shares:
        count = -(-of * share // 1000)
        for person in people[at : at + count]:
            stories[person.number] = story
        at += count
