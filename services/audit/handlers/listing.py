"""Entries of control lists: added, changed, withdrawn."""

from collections.abc import Sequence
from datetime import datetime

from healthcode.events import ListingRecorded
from services.audit.handlers.entry import admit, check_times, overlap, own_entry, sole, withdrawal_of
from services.audit.ports.entry import EntryStore, Fault, Listing, Refused


async def record_listings(
    store: EntryStore[Listing], drafts: Sequence[Listing], now: datetime
) -> list[Listing | Refused]:
    """Record what may be recorded; gives the verdict on each draft, in order."""
    admission = await admit(store, drafts, now, check=_check, rivals=_rivals)
    await store.publish([event_of(listing) for listing in admission.news])
    return admission.verdicts


async def withdraw_listing(store: EntryStore[Listing], entry: str, source: str, now: datetime, by: str) -> Listing:
    """Withdraw an authority's own entry; one that is withdrawn already stays as it is. Raises UnknownEntry."""
    listing = await own_entry(store, entry, source)
    if listing.withdrawn:
        return listing
    return sole(await record_listings(store, [withdrawal_of(listing, now, by)], now))


def _check(draft: Listing, now: datetime) -> list[Fault]:
    return check_times(draft.valid_from, draft.valid_until, now)


def _rivals(one: Listing, other: Listing) -> bool:
    """An authority says the same of a person twice for the same time."""
    return (one.category, one.source) == (other.category, other.source) and overlap(
        one.valid_from, one.valid_until, other.valid_from, other.valid_until
    )


def event_of(listing: Listing) -> ListingRecorded:
    """The revision as the audit's worker reads it."""
    return ListingRecorded(
        id=listing.fact,
        subject=listing.subject,
        entry=listing.entry,
        revision=listing.revision,
        category=listing.category,
        source=listing.source,
        evidence=listing.evidence,
        valid_from=listing.valid_from,
        valid_until=listing.valid_until,
        recorded_at=listing.recorded_at,
        withdrawn=listing.withdrawn,
    )
