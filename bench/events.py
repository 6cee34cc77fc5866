"""What the contenders work on: declarations as people make them, and entries of control lists for one in a hundred."""

import base64
import hashlib
import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from healthcode.events import DeclarationAccepted, ListingRecorded, Stay
from healthcode.values import Attestation, Category, Symptom

DISTRICTS: Final = ("330102", "330105", "330106", "330108", "330109", "330110", "330122", "330127")
PLACES: Final = ("420100", "420106", "310101", "440103", "330302")
ILL: Final = (Symptom.FEVER, Symptom.COUGH, Symptom.FATIGUE, Symptom.SORE_THROAT)
PER_PERSON: Final = 2
LISTED: Final = 0.01


def declarations(count: int, seed: int, people: int = 0) -> Iterator[DeclarationAccepted]:
    """So many declarations of `people`, by default half as many, within the last day and as they were made.

    One in seven was somewhere, one in twenty-five feels something, one in fifty has fever.
    """
    chance, now = random.Random(seed), datetime.now(UTC)  # noqa: S311 - made-up people
    for number in range(count):
        ill, away = chance.random() < 0.04, chance.random() < 0.15
        yield DeclarationAccepted(
            id=uuid.UUID(int=chance.getrandbits(128), version=4).hex,
            subject=subject(chance.randrange(people or count // PER_PERSON)),
            at=now - timedelta(days=1) + timedelta(days=1) * number / count,
            attestation=chance.choices((Attestation.SELF, Attestation.GUARDIAN, Attestation.COUNTER), (8, 1, 1))[0],
            residence=chance.choice(DISTRICTS),
            temperature=round(chance.uniform(37.3, 39.0) if chance.random() < 0.02 else chance.uniform(36.1, 37.1), 1),
            symptoms=tuple(chance.sample(ILL, 2)) if ill else (),
            stays=(_stay(chance, now),) if away else (),
        )


def listings(count: int, seed: int) -> Iterator[ListingRecorded]:
    """Entries for one in a hundred of the people behind `count` declarations."""
    people = count // PER_PERSON
    return entries(people, max(1, int(people * LISTED)), seed)


def entries(people: int, count: int, seed: int) -> Iterator[ListingRecorded]:
    """So many entries, each of another one of `people`."""
    chance, now = random.Random(-seed), datetime.now(UTC)  # noqa: S311 - as above
    for number, person in enumerate(chance.sample(range(people), count)):
        yield ListingRecorded(
            id=f"entry-{number}.1",
            subject=subject(person),
            entry=f"entry-{number}",
            revision=1,
            category=chance.choice((Category.CLOSE_CONTACT, Category.SECONDARY_CONTACT)),
            source="330100-cdc",
            evidence="疾控〔2020〕17号",
            valid_from=now - timedelta(days=2),
            recorded_at=now,
        )


def subject(person: int) -> str:
    """A pseudonym, of the form that real ones have."""
    return base64.b32encode(hashlib.sha256(person.to_bytes(8, "big")).digest()[:16]).decode().lower().rstrip("=")


def _stay(chance: random.Random, now: datetime) -> Stay:
    until = now.date() - timedelta(days=chance.randrange(10))
    return Stay(area=chance.choice(PLACES), since=until - timedelta(days=chance.randrange(1, 20)), until=until)
