"""How a region comes to watch somebody of another one without a declared trip: it asks, and that region answers.

`origin` is the region whose person it is, `destination` the one that asks. An ask has a random name of the
destination's making; the answer comes under a random handle of the origin's.
"""

from datetime import datetime
from typing import ClassVar

from healthcode.events.base import Event


class CredentialScanned(Event, frozen=True, kw_only=True):
    """A good credential of another region was shown here; `late`: offline, and told only afterwards.

    `credential` is its id in hexadecimal.
    """

    type: ClassVar[str] = "org.healthcode.credential.scanned.v1"
    topic: ClassVar[str] = "scans.v1"
    key_field: ClassVar[str] = "credential"

    credential: str
    origin: str
    late: bool = False
    seen_at: datetime
    at: datetime


class WatchAsked(Event, frozen=True, kw_only=True):
    """The destination asks to watch a person: `sealed` says whom, to the origin alone (base64 of HPKE)."""

    type: ClassVar[str] = "org.healthcode.watch.asked.v1"
    topic: ClassVar[str] = "inbox.v1"
    key_field: ClassVar[str] = "ask"

    ask: str
    origin: str
    destination: str
    sequence: int
    purpose: str
    sealed: str
    until: datetime
    at: datetime


class WatchRefused(Event, frozen=True, kw_only=True):
    """The origin opens no watch. It never says why: a person it does not know is answered like any other refusal."""

    type: ClassVar[str] = "org.healthcode.watch.refused.v1"
    topic: ClassVar[str] = "inbox.v1"
    key_field: ClassVar[str] = "ask"

    ask: str
    origin: str
    destination: str
    sequence: int
    at: datetime


class WatchLeft(Event, frozen=True, kw_only=True):
    """The guest has left the destination, which has forgotten them: the origin ends the watch."""

    type: ClassVar[str] = "org.healthcode.watch.left.v1"
    topic: ClassVar[str] = "inbox.v1"
    key_field: ClassVar[str] = "handle"

    handle: str
    origin: str
    destination: str
    sequence: int
    at: datetime


class HolderWanted(Event, frozen=True, kw_only=True):
    """Within the origin: whose credential is it that another region asks about. The answer repeats what was asked."""

    type: ClassVar[str] = "org.healthcode.holder.wanted.v1"
    topic: ClassVar[str] = "holders.v1"
    key_field: ClassVar[str] = "ask"

    ask: str
    destination: str
    purpose: str
    until: datetime
    credential: str
    at: datetime


class HolderFound(Event, frozen=True, kw_only=True):
    """Whose it is; without a subject it is nobody's, or nobody's any more."""

    type: ClassVar[str] = "org.healthcode.holder.found.v1"
    topic: ClassVar[str] = "holders.v1"
    key_field: ClassVar[str] = "ask"

    ask: str
    destination: str
    purpose: str
    until: datetime
    subject: str | None = None
    at: datetime
