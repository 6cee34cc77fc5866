"""What a person lets a client see, and the words that the client gets of it."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from healthcode.events import CodeChanged, CodeShared, ConsentChanged
from healthcode.pseudonym import inner_minute, outer_minute
from healthcode.values import Color, Shared

NOTHING: Final = (0, 0)
LONGEST_CONSENT: Final = timedelta(days=366)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A person's code as last heard of; version 0: never."""

    subject: str
    incarnation: int = 0
    version: int = 0
    color: Color = Color.PENDING
    act: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def place(self) -> tuple[int, int]:
        """What orders a person's codes."""
        return self.incarnation, self.version


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """One of a person and a client, for good; `until` is None while the person does not agree.

    `version` counts its changes, `told` the words that the client got; `sent` is the place of the last code among
    them, NOTHING before the first and behind the last word.
    """

    id: str
    subject: str
    client: str
    until: datetime | None = None
    reference: str | None = None
    version: int = 0
    told: int = 0
    sent: tuple[int, int] = NOTHING
    changed_at: datetime

    @property
    def is_owed_an_end(self) -> bool:
        """Whether the client was told of the person, and not yet that it is over: it may have been held just then."""
        return self.until is None and self.sent != NOTHING

    def stands(self, now: datetime) -> bool:
        """Whether the person agrees at a time."""
        return self.until is not None and now < self.until


def newest(known: Known, code: CodeChanged) -> Known:
    """What is known after a change; the same when it is an old one."""
    if (code.incarnation, code.version) <= known.place:
        return known
    return Known(
        subject=code.subject,
        incarnation=code.incarnation,
        version=code.version,
        color=code.color,
        act=code.act,
        since=code.since,
        until=code.until,
    )


def given(
    consent: Consent, until: datetime, reference: str | None, now: datetime, event_id: str, incarnation: int
) -> tuple[Consent, ConsentChanged]:
    """The consent until a time, and what is published of it."""
    consent = msgspec.structs.replace(
        consent, until=until, reference=reference, version=consent.version + 1, changed_at=now
    )
    return consent, _published(consent, event_id, incarnation)


def ended(consent: Consent, now: datetime, event_id: str, incarnation: int) -> tuple[Consent, ConsentChanged]:
    """The consent when the person agrees no more; the client's last word is another matter, see `is_owed_an_end`."""
    consent = msgspec.structs.replace(consent, until=None, version=consent.version + 1, changed_at=now)
    return consent, _published(consent, event_id, incarnation)


def shared(
    consent: Consent, known: Known | None, now: datetime, event_id: str, incarnation: int, name: str
) -> tuple[Consent, CodeShared]:
    """One more word for the client: a code, or, where `known` is None, the last one. `name`: the client's subject."""
    kind = Shared.ENDED if known is None else Shared.SNAPSHOT if consent.sent == NOTHING else Shared.CHANGED
    consent = msgspec.structs.replace(consent, told=consent.told + 1, sent=NOTHING if known is None else known.place)
    event = CodeShared(
        id=event_id,
        subject=name,
        client=consent.client,
        incarnation=incarnation,
        version=consent.told,
        shared=kind,
        reference=consent.reference,
        color=known.color if known else None,
        act=known.act if known else None,
        since=inner_minute(known.since) if known and known.since else None,
        until=outer_minute(known.until) if known and known.until else None,
        at=now,
    )
    return consent, event


def _published(consent: Consent, event_id: str, incarnation: int) -> ConsentChanged:
    return ConsentChanged(
        id=event_id,
        consent=consent.id,
        subject=consent.subject,
        client=consent.client,
        incarnation=incarnation,
        version=consent.version,
        until=consent.until,
        changed_at=consent.changed_at,
    )
