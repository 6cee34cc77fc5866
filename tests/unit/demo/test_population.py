from collections import Counter

from demo.cast import TRAVELLING, Part, Story, cast
from demo.population import Channel, Person, Population
from demo.settings import DECLARING, HUBEI, NATION, START, ZHEJIANG
from demo.situation import DESTINATIONS, category, destination, health
from healthcode.areas import contains, is_known
from healthcode.identity import normalise_id
from healthcode.values import IdType

PEOPLE = list(Population(7).people(2000))


def test_the_same_seed_makes_the_same_people() -> None:
    assert list(Population(7).people(2000)) == PEOPLE
    assert list(Population(8).people(2000)) != PEOPLE


def test_numbers_are_valid_and_nobody_has_anothers() -> None:
    assert len({person.id_number for person in PEOPLE}) == len(PEOPLE)
    assert all(normalise_id(IdType.RESIDENT_ID, person.id_number) == person.id_number for person in PEOPLE)
    assert all(is_known(person.home) for person in PEOPLE)


def test_every_hundred_has_the_shares() -> None:
    for start in range(0, len(PEOPLE), 100):
        homes = Counter((person.region, person.home[:2]) for person in PEOPLE[start : start + 100])
        assert homes["330000", "33"] == 40
        assert homes["420000", "42"] == 34
        assert homes["100000", "62"] == 18
    channels = Counter(person.channel for person in PEOPLE)
    assert channels == {Channel.SELF: 600, Channel.CONFIRMED: 1200, Channel.UNCONFIRMED: 200}


def test_nobody_is_cast_twice_and_whoever_acts_has_an_account() -> None:
    parts = cast(PEOPLE)
    assert [part.person for part in parts] == PEOPLE
    for part in parts:
        if part.story in TRAVELLING or part.on_streak:
            assert part.person.channel is Channel.SELF
        if part.story is not Story.WELL:
            assert part.person.channel is not Channel.UNCONFIRMED


def test_ten_thousand_people_are_enough_for_the_books() -> None:
    stories = Counter(part.story for part in cast(Population(1).people(10_000)))
    assert sum(stories[story] for story in TRAVELLING) >= 300
    assert stories[Story.LISTED] >= 500
    assert stories[Story.OBSERVED] >= 500
    assert stories[Story.ISOLATED] + stories[Story.WATCHED] >= 100


def test_few_people_have_every_story_too() -> None:
    stories = {part.story for part in cast(Population(1).people(100))}
    assert stories == set(Story)


def test_trips_lead_into_another_region() -> None:
    for origin in DECLARING:
        for number in range(len(DESTINATIONS[origin])):
            region, area = destination(origin, number)
            assert region != origin
            assert contains(region, area)


def person(region: str) -> Person:
    return Population(1).person(region, region)


def test_what_is_declared_fits_the_story() -> None:
    today = START.date()
    stay = health(Part(person(ZHEJIANG), Story.NEAR), today)["stays"][0]
    assert stay == {"area": "330200", "since": "2020-02-07", "until": "2020-02-10"}
    assert health(Part(person(HUBEI), Story.WATCHED), today)["symptoms"] == ["fever", "cough"]
    assert health(Part(person(ZHEJIANG), Story.WELL), today)["symptoms"] == []


def test_a_story_without_an_entry_lists_nobody() -> None:
    assert category(Part(person(NATION), Story.WELL), 0) is None
    assert category(Part(person(ZHEJIANG), Story.OBSERVED), 0) is None
