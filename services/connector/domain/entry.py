"""What has to be submitted for a row, given what was submitted for it before.

An entry is about one person for ever. A row that is about somebody else now ends the entry and begins the next
generation's; a row that is gone withdraws it; one that comes back gives it another revision.
"""

from collections.abc import Callable

import msgspec

from healthcode.events import ListingSubmitted
from services.connector.domain.mapping import Draft


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What was submitted for a row. `person` and `content` are keyed digests; `submitted` is the last event."""

    key: str
    generation: int
    person: bytes
    content: bytes
    submitted: ListingSubmitted

    @property
    def is_gone(self) -> bool:
        """Whether the row was missing when it was looked for last."""
        return self.submitted.withdrawn


class Seen(msgspec.Struct, frozen=True):
    """A row that was read, with the digests of its person and of all that it says."""

    key: str
    draft: Draft
    person: bytes
    content: bytes


def settle(
    connector: str, source: str, known: Known | None, seen: Seen, seal: Callable[[Draft], str]
) -> tuple[Known, list[ListingSubmitted]]:
    """What is known now, and what has to be submitted, nothing when the row says what it said.

    `seal` makes a person unreadable for all but the region's intake; it is called for a new person only.
    """
    if known is not None and known.content == seen.content and not known.is_gone:
        return known, []
    if known is None:
        first = _entry(connector, source, seen, 1, seal(seen.draft))
        return _known(seen, 1, first), [first]
    if known.person != seen.person:
        generation = known.generation + 1
        other = _entry(connector, source, seen, generation, seal(seen.draft))
        ended = [] if known.is_gone else [_withdrawn(known.submitted)]
        return _known(seen, generation, other), [*ended, other]
    before = known.submitted
    revision = before.revision + 1
    said = _entry(connector, source, seen, known.generation, before.person, revision)
    return _known(seen, known.generation, said), [said]


def gone(known: Known) -> tuple[Known, list[ListingSubmitted]]:
    """As settle, for a row that is not there any more."""
    if known.is_gone:
        return known, []
    withdrawn = _withdrawn(known.submitted)
    return msgspec.structs.replace(known, submitted=withdrawn), [withdrawn]


def _known(seen: Seen, generation: int, submitted: ListingSubmitted) -> Known:
    return Known(key=seen.key, generation=generation, person=seen.person, content=seen.content, submitted=submitted)


def _entry(
    connector: str, source: str, seen: Seen, generation: int, person: str, revision: int = 1
) -> ListingSubmitted:
    entry = f"{connector}:{seen.key}:{generation}"
    return ListingSubmitted(
        id=f"{entry}.{revision}",
        entry=entry,
        revision=revision,
        person=person,
        category=seen.draft.category,
        source=source,
        evidence=seen.draft.evidence,
        valid_from=seen.draft.valid_from,
        valid_until=seen.draft.valid_until,
    )


def _withdrawn(event: ListingSubmitted) -> ListingSubmitted:
    revision = event.revision + 1
    return msgspec.structs.replace(event, id=f"{event.entry}.{revision}", revision=revision, withdrawn=True)
