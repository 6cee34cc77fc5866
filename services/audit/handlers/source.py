"""What regions without a code of their own submit: each has rights over its own people and its own areas alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from healthcode.areas import UnknownArea, contains
from services.audit.handlers.area import record_areas
from services.audit.handlers.listing import record_listings
from services.audit.handlers.test import record_tests
from services.audit.ports.entry import AreaLevel, EntryStore, Fault, Listing, Refused, Test
from services.audit.ports.source import Residences, SourceBooks

PREFIX: Final = "region:"
"""What the name of such a source begins with; nobody else's may."""

P = TypeVar("P", Listing, Test)


class Submission(msgspec.Struct, frozen=True):
    """What a region submits; `draft` says that `origin` is its source."""

    origin: str
    draft: Listing | Test | AreaLevel


def source_of(region: str) -> str:
    """A region as the source of entries, who owns them and answers for them."""
    return f"{PREFIX}{region}"


def entry_of(region: str, entry: str) -> str:
    """The id under which a region's entry is kept: no two regions can get into each other's way."""
    return f"{region}:{entry}"


async def take_submissions(
    books: SourceBooks, submissions: Sequence[Submission], now: datetime
) -> list[Listing | Test | AreaLevel | Refused]:
    """Record what regions may record; gives the verdict on each submission, in order.

    A person is theirs who has declared to live there. One who has moved away since keeps what was entered before, and
    the region may still take it back.
    """
    verdicts: dict[int, Listing | Test | AreaLevel | Refused] = {}
    listings = [(n, each.origin, each.draft) for n, each in enumerate(submissions) if isinstance(each.draft, Listing)]
    tests = [(n, each.origin, each.draft) for n, each in enumerate(submissions) if isinstance(each.draft, Test)]
    areas = [(n, each.origin, each.draft) for n, each in enumerate(submissions) if isinstance(each.draft, AreaLevel)]
    own_listings = await _own(books.people, books.listings, listings, verdicts)
    own_tests = await _own(books.people, books.tests, tests, verdicts)
    own_areas = {n: draft for n, origin, draft in areas if within(origin, draft.area)}
    foreign = {n: Refused([Fault("not_your_area", "area")]) for n, _, _ in areas if n not in own_areas}
    verdicts.update(foreign)
    if own_listings:
        verdicts.update(
            zip(own_listings, await record_listings(books.listings, [*own_listings.values()], now), strict=True)
        )
    if own_tests:
        verdicts.update(zip(own_tests, await record_tests(books.tests, [*own_tests.values()], now), strict=True))
    if own_areas:
        verdicts.update(zip(own_areas, await record_areas(books.areas, [*own_areas.values()], now), strict=True))
    return [verdicts[number] for number in range(len(submissions))]


async def _own(
    people: Residences,
    store: EntryStore[P],
    drafts: Sequence[tuple[int, str, P]],
    verdicts: dict[int, Listing | Test | AreaLevel | Refused],
) -> dict[int, P]:
    """The drafts about people of the region that submits them, by number; the verdict on the others is written down."""
    if not drafts:
        return {}
    homes = await people.residences(sorted({draft.subject for _, _, draft in drafts}))
    known = {(each.entry, each.subject) for each in await store.revisions(sorted({d.entry for _, _, d in drafts}))}
    own: dict[int, P] = {}
    for number, origin, draft in drafts:
        taken_back = draft.withdrawn and (draft.entry, draft.subject) in known
        if taken_back or within(origin, homes.get(draft.subject)):
            own[number] = draft
        else:
            # the same words for whoever lives elsewhere and whoever has never declared: the region learns no more
            verdicts[number] = Refused([Fault("not_your_resident", "person")])
    return own


def within(region: str, area: str | None) -> bool:
    """Whether an area, if one is known, is the region or in it."""
    if area is None:
        return False
    try:
        return contains(region, area)
    except UnknownArea:
        return False
