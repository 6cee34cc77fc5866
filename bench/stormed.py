"""The people over whom a storm goes, and entries of lists about them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from bench.events import subject
from healthcode.events import DeclarationAccepted, Stay
from healthcode.values import Attestation, Category
from services.audit.ports.entry import Listing

PLACE: Final = "420106"
HOME: Final = "330106"
BENCH: Final = "bench"


def everybody(people: int, now: datetime) -> Iterator[DeclarationAccepted]:
    """Each was in the place two days ago and is well."""
    stay = Stay(area=PLACE, since=now.date() - timedelta(days=9), until=now.date() - timedelta(days=2))
    for number in range(people):
        yield DeclarationAccepted(
            id=f"{number:032x}", subject=subject(number), at=now, attestation=Attestation.SELF, residence=HOME,
            temperature=36.5, symptoms=(), stays=(stay,),
        )  # fmt: skip


def entry(number: int, now: datetime) -> Listing:
    """An entry about one of them."""
    return Listing(
        entry=f"import-{number}", revision=1, source="bench", evidence="bench", recorded_at=now, recorded_by=BENCH,
        subject=subject(number), category=Category.CLOSE_CONTACT, valid_from=now - timedelta(days=1),
    )  # fmt: skip
