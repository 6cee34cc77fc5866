"""Regions that feed this audit have rights over their own people and areas, whatever comes in which order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from healthcode.areas import contains
from healthcode.values import Category, Level, TestKind, TestResult
from services.audit.handlers.source import Submission, entry_of, source_of, take_submissions
from services.audit.ports.entry import AreaLevel, Listing, Refused, Test
from tests.twins.audit import AreaTwin, EntryTwin

NOW = datetime(2022, 11, 5, tzinfo=UTC)
REGIONS = ("620000", "620100", "330000", "340000")
AREAS = ("620102", "620103", "620200", "620000", "330106", "330100", "340100", "999999")
PEOPLE = ("a", "b", "c")


@dataclass
class Books:
    homes: dict[str, str] = field(default_factory=dict)
    listings: EntryTwin[Listing] = field(default_factory=EntryTwin)
    tests: EntryTwin[Test] = field(default_factory=EntryTwin)
    areas: AreaTwin = field(default_factory=AreaTwin)

    @property
    def people(self) -> "Books":
        return self

    async def residences(self, subjects: Sequence[str]) -> dict[str, str]:
        return {subject: home for subject, home in self.homes.items() if subject in subjects}


def common(region: str, entry: str, **more: object) -> dict[str, object]:
    fields = {"revision": 1, "evidence": "e", "recorded_at": NOW, "recorded_by": "cdc", **more}
    return {"entry": entry_of(region, entry), "source": source_of(region), **fields}


def listed(region: str, subject: str, entry: str = "e", **more: object) -> Submission:
    fields = common(region, entry, **more)
    return Submission(region, Listing(subject=subject, category=Category.CONFIRMED, valid_from=NOW, **fields))  # type: ignore[arg-type]  # by name


def result_of(region: str, subject: str, entry: str = "t") -> Submission:
    fields = common(region, entry)
    return Submission(
        region,
        Test(subject=subject, kind=TestKind.PCR, result=TestResult.NEGATIVE, sampled_at=NOW, **fields),  # type: ignore[arg-type]  # by name
    )


def level(region: str, area: str, entry: str) -> Submission:
    return Submission(region, AreaLevel(area=area, level=Level.HIGH, valid_from=NOW, **common(region, entry)))  # type: ignore[arg-type]  # by name


def within(region: str, area: str | None) -> bool:
    return area is not None and area != "999999" and contains(region, area)


@given(
    homes=st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from(AREAS)),
    asked=st.lists(st.tuples(st.sampled_from(REGIONS), st.sampled_from((*PEOPLE, *AREAS)), st.booleans()), max_size=12),
)
async def test_what_is_recorded_is_the_regions_own_and_of_the_rest_nothing(
    homes: dict[str, str], asked: list[tuple[str, str, bool]]
) -> None:
    books = Books(homes)
    submissions = []
    for number, (region, about, test) in enumerate(asked):
        if about in PEOPLE:
            submissions.append((result_of if test else listed)(region, about, f"p{number}"))
        else:
            submissions.append(level(region, about, f"a{number}"))
    verdicts = await take_submissions(books, submissions, NOW)
    assert len(verdicts) == len(submissions)
    for submission, verdict in zip(submissions, verdicts, strict=True):
        draft = submission.draft
        place = draft.area if isinstance(draft, AreaLevel) else homes.get(draft.subject)
        if isinstance(verdict, Refused) and verdict.faults[0].code == "overlap":
            continue  # said twice
        assert isinstance(verdict, Refused) != within(submission.origin, place)
    for record in (*books.listings.records.values(), *books.tests.records.values()):
        assert within(record.source.removeprefix("region:"), homes.get(record.owner))
    assert all(within(each.source.removeprefix("region:"), each.area) for each in books.areas.records.values())


async def test_who_moved_away_keeps_the_entry_and_the_region_may_only_take_it_back() -> None:
    books = Books({"a": "620102"})
    assert not isinstance((await take_submissions(books, [listed("620000", "a")], NOW))[0], Refused)
    books.homes["a"] = "330106"
    later = listed("620000", "a", revision=2, evidence="another")
    (refused,) = await take_submissions(books, [later], NOW)
    assert isinstance(refused, Refused)
    assert refused.faults[0].code == "not_your_resident"
    back = Submission("620000", msgspec.structs.replace(later.draft, withdrawn=True))
    (taken,) = await take_submissions(books, [back], NOW)
    assert not isinstance(taken, Refused)


async def test_nothing_is_taken_back_that_was_never_entered_and_nobody_elses() -> None:
    books = Books({"a": "620102"})
    await take_submissions(books, [listed("620000", "a")], NOW)
    for strange in (listed("620000", "b", withdrawn=True), listed("330000", "a", revision=2, withdrawn=True)):
        (verdict,) = await take_submissions(books, [strange], NOW)
        assert isinstance(verdict, Refused)


async def test_two_regions_may_use_one_name_for_an_entry() -> None:
    books = Books({"a": "620102", "b": "330106"})
    verdicts = await take_submissions(books, [listed("620000", "a"), listed("330000", "b")], NOW)
    assert not any(isinstance(verdict, Refused) for verdict in verdicts)


async def test_what_comes_again_is_no_news() -> None:
    books = Books({"a": "620102"})
    for _ in range(2):
        (verdict,) = await take_submissions(books, [listed("620000", "a")], NOW)
        assert not isinstance(verdict, Refused)
    assert len(books.listings.published) == 1
