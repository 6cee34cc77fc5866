"""Clients that may use codes, what people let them see, and what each client is told."""

from datetime import datetime
from typing import ClassVar

from healthcode.events.base import Event
from healthcode.values import ClientState, Color, Scope, Shared


class ClientChanged(Event, frozen=True, kw_only=True):
    """What a client may do has changed; each event says all of it.

    Ordered by (`incarnation`, `version`) per client. `account` is the `client_id` that the identity provider writes
    into the client's tokens; `per_day` answers in a day of the region, `per_second` of them in the long run.
    """

    type: ClassVar[str] = "org.healthcode.client.changed.v1"
    topic: ClassVar[str] = "clients.v1"
    key_field: ClassVar[str] = "client"

    client: str
    incarnation: int
    version: int
    account: str
    name: str
    state: ClientState
    scopes: tuple[Scope, ...] = ()
    per_day: int = 0
    per_second: int = 0
    expires_at: datetime | None = None
    changed_at: datetime


class ConsentChanged(Event, frozen=True, kw_only=True):
    """A person lets a client see their code until a time, or does so no more (`until` is then None).

    Ordered by (`incarnation`, `version`) per consent: there is one of a person and a client, whatever becomes of it.
    """

    type: ClassVar[str] = "org.healthcode.consent.changed.v1"
    topic: ClassVar[str] = "consents.v1"
    key_field: ClassVar[str] = "consent"

    consent: str
    subject: str
    client: str
    incarnation: int
    version: int
    until: datetime | None = None
    changed_at: datetime


class CodeShared(Event, frozen=True, kw_only=True):
    """A client is told of the code of a person who lets it see that.

    `subject` is this client's own name of the person, which no other client has. Ordered by (`incarnation`, `version`)
    per subject, each once. `shared` says why: the first word, a change, or the last one, after which nothing of the
    person is told (`color` is then None). `reference` is what the person was sent with by the client.
    """

    type: ClassVar[str] = "org.healthcode.code.shared.v1"
    topic: ClassVar[str] = "clients.{client}.codes.v1"

    subject: str
    client: str
    incarnation: int
    version: int
    shared: Shared
    reference: str | None = None
    color: Color | None = None
    act: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    at: datetime
