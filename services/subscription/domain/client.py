"""A client: it applies, is granted terms, and loses them again.

applied → opening → active ⇄ suspended, each of the last three → expired → active by new terms; all → revoked for good.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from healthcode.events import ClientChanged
from healthcode.values import ClientState, Scope

LONGEST_GRANT: Final = timedelta(days=366)
GRANTED: Final = frozenset({ClientState.OPENING, ClientState.ACTIVE, ClientState.SUSPENDED})
"""The states whose terms can run out."""


class NotNow(Exception):  # noqa: N818 - a state, not a fault
    """What was asked does not fit how the client stands."""

    def __init__(self, state: ClientState) -> None:
        super().__init__(state.value)
        self.state = state


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """What an integrator says when it applies."""

    name: str
    contact: str
    purpose: str
    wanted: tuple[Scope, ...]


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a client is granted: scopes, answers a day and a second, and until when."""

    scopes: tuple[Scope, ...]
    per_day: int
    per_second: int
    expires_at: datetime


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """One client. `account`: the `client_id` in its tokens; `is_open`: its topic is there; `version` counts changes.

    `behind`: it was told nothing for a while, and people's codes may have changed meanwhile.
    """

    id: str
    account: str
    applicant: str
    application: Application
    state: ClientState
    terms: Terms | None = None
    is_open: bool = False
    behind: bool = False
    version: int = 0
    applied_at: datetime
    changed_at: datetime

    def may(self, scope: Scope) -> bool:
        """Whether it may do something now."""
        return self.state is ClientState.ACTIVE and self.terms is not None and scope in self.terms.scopes


def applied(new_id: str, account: str, applicant: str, application: Application, now: datetime) -> Client:
    """A client that may do nothing yet."""
    return Client(
        id=new_id,
        account=account,
        applicant=applicant,
        application=application,
        state=ClientState.APPLIED,
        applied_at=now,
        changed_at=now,
    )


def granted(client: Client, terms: Terms, now: datetime) -> Client:
    """The client under new terms, whatever it was but revoked. Raises NotNow."""
    if client.state is ClientState.REVOKED:
        raise NotNow(client.state)
    state = ClientState.ACTIVE if client.is_open else ClientState.OPENING
    return _moved(msgspec.structs.replace(client, terms=terms, behind=True), state, now)


def opened(client: Client, now: datetime) -> Client:
    """The client once its topic is there."""
    client = msgspec.structs.replace(client, is_open=True)
    return _moved(client, ClientState.ACTIVE, now) if client.state is ClientState.OPENING else client


def suspended(client: Client, now: datetime) -> Client:
    """The client, which may do nothing until it is granted terms anew. Raises NotNow."""
    if client.state not in (ClientState.OPENING, ClientState.ACTIVE):
        raise NotNow(client.state)
    return _moved(client, ClientState.SUSPENDED, now)


def revoked(client: Client, now: datetime) -> Client:
    """The client, which never may do anything again. Raises NotNow."""
    if client.state is ClientState.REVOKED:
        raise NotNow(client.state)
    return _moved(client, ClientState.REVOKED, now)


def expired(client: Client, now: datetime) -> Client:
    """The client as it stands when its time has run out; the same when it has not."""
    if client.state not in GRANTED or client.terms is None or client.terms.expires_at > now:
        return client
    return _moved(client, ClientState.EXPIRED, now)


def changed(client: Client, event_id: str, incarnation: int) -> ClientChanged:
    """What the region's other services are told: all that the client may do."""
    terms = client.terms
    return ClientChanged(
        id=event_id,
        client=client.id,
        incarnation=incarnation,
        version=client.version,
        account=client.account,
        name=client.application.name,
        state=client.state,
        scopes=terms.scopes if terms else (),
        per_day=terms.per_day if terms else 0,
        per_second=terms.per_second if terms else 0,
        expires_at=terms.expires_at if terms else None,
        changed_at=client.changed_at,
    )


def _moved(client: Client, state: ClientState, now: datetime) -> Client:
    return msgspec.structs.replace(client, state=state, version=client.version + 1, changed_at=now)
