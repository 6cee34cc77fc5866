"""What a dossier keeps. A pure function of its facts and the time, so that the order of arrival shows nowhere."""

from typing import Final, TypeVar

from msgspec.structs import replace

from services.audit.domain.days import DAY
from services.audit.domain.dossier import Dossier
from services.audit.domain.facts import CheckIn, Decision, Declared, Listing, Test, Trip
from services.audit.domain.runs import without_days

STATED: Final = 60 * DAY
"""So long what a person stated is evidence; a review stops counting it then, so forgetting it changes no color."""

RECORDED: Final = 180 * DAY
"""So long an entry that has ended can still be waiting for its release, and a withdrawn one be sent again."""

# Bounds of the size, far above what anybody does who is not trying to push something out.
DECLARATIONS: Final = 12
UNCONFIRMED: Final = 16
TRIPS: Final = 24
ANSWERS: Final = 16
CHECK_INS: Final = 60
RUNS: Final = 64
TESTS: Final = 32
STAYS: Final = 64
_FEW: Final = 8

_S = TypeVar("_S", Declared, Trip, CheckIn)


def listing_spent(listing: Listing) -> int | None:
    """When an ended or withdrawn entry is forgotten; None while it is open."""
    if listing.withdrawn:
        return listing.at + RECORDED
    return None if listing.until is None else max(listing.until, listing.at) + RECORDED


def decision_spent(decision: Decision) -> int:
    """When a decision is forgotten."""
    return max(decision.until, decision.at) + RECORDED


def pruned(dossier: Dossier, now: int = 0) -> Dossier:
    """The dossier without what no review at or after an instant can use, nor one after its latest fact."""
    now = max(dossier.latest, now)
    since = now - STATED
    declared, check_ins = dossier.declared, dossier.check_ins
    if len(declared) > _FEW or _older(declared, since):
        declared = _declarations(dossier, since)
    if len(check_ins) > _FEW or _older(check_ins, since):
        check_ins = _statements(dossier, check_ins, since, CHECK_INS)
    trips = dossier.trips
    if len(trips) > _FEW or _older(trips, since):
        trips = _statements(dossier, trips, since, TRIPS)
    listings, tests = _listings(dossier, now), _tests(dossier)
    normal = dossier.normal
    if check_ins is not dossier.check_ins:
        # A day that was not normal stays so when its check-in is forgotten.
        gone = (each.day for each in dossier.check_ins if each not in check_ins and dossier.counts(each))
        normal = without_days(normal, gone)
    return replace(
        dossier,
        declared=declared,
        check_ins=check_ins,
        trips=trips,
        listings=listings,
        tests=tests,
        normal=normal[-2 * RUNS :],
        answers=dossier.answers[-ANSWERS:],
        decisions=dossier.decisions and tuple(d for d in dossier.decisions if decision_spent(d) > now),
        stays=dossier.stays and tuple(each for each in dossier.stays[-STAYS:] if each.at > since),
    )


def _older(ascending: tuple[_S, ...], since: int) -> bool:
    return bool(ascending) and ascending[0].at <= since


def _declarations(dossier: Dossier, since: int) -> tuple[Declared, ...]:
    """The newest that counts, however old; else those of late: some that tell something, some that tell nothing."""
    counting = [each for each in dossier.declared if dossier.counts(each)]
    late = [each for each in counting if each.at > since]
    keep = {
        *_ids([each for each in late if each.is_plain][-DECLARATIONS:]),
        *_ids([each for each in late if not each.is_plain][-DECLARATIONS:]),
        *_ids(counting[-1:]),
        *_ids([each for each in dossier.declared if each.at > since and not dossier.counts(each)][-UNCONFIRMED:]),
    }
    return tuple(each for each in dossier.declared if each.id in keep)


def _statements(dossier: Dossier, held: tuple[_S, ...], since: int, most: int) -> tuple[_S, ...]:
    late: list[_S] = [each for each in held if each.at > since]
    keep = {
        *_ids([each for each in late if dossier.counts(each)][-most:]),
        *_ids([each for each in late if not dossier.counts(each)][-UNCONFIRMED:]),
    }
    return tuple(each for each in held if each.id in keep)


def _ids(kept: list[_S]) -> set[str | bytes]:
    return {each.id for each in kept}


def _listings(dossier: Dossier, now: int) -> tuple[Listing, ...]:
    if not dossier.listings:
        return ()
    return tuple(each for each in dossier.listings if (spent := listing_spent(each)) is None or spent > now)


def _tests(dossier: Dossier) -> tuple[Test, ...]:
    """Tests do not age: a release that one of them met stays met."""
    if len(dossier.tests) <= TESTS:
        return dossier.tests
    newest = sorted(dossier.tests, key=lambda each: (each.sampled, each.order))[-TESTS:]
    return tuple(sorted(newest, key=lambda each: each.order))
