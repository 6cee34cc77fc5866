"""Clients as they are kept in rows."""

from typing import Final

import asyncpg

from healthcode.values import ClientState, Scope
from services.subscription.domain import Application, Client, Terms

COLUMNS: Final = """id, account, applicant, name, contact, purpose, wanted, state, scopes, per_day, per_second,
    expires_at, is_open, behind, version, applied_at, changed_at"""


def row_of(client: Client) -> tuple[object, ...]:
    """The client as COLUMNS has it."""
    application, terms = client.application, client.terms
    return (
        client.id,
        client.account,
        client.applicant,
        application.name,
        application.contact,
        application.purpose,
        list(application.wanted),
        client.state,
        *((list(terms.scopes), terms.per_day, terms.per_second, terms.expires_at) if terms else [None] * 4),
        client.is_open,
        client.behind,
        client.version,
        client.applied_at,
        client.changed_at,
    )


def client_of(row: asyncpg.Record) -> Client:
    """The client in a row."""
    application = Application(
        name=row["name"],
        contact=row["contact"],
        purpose=row["purpose"],
        wanted=tuple(Scope(each) for each in row["wanted"]),
    )
    return Client(
        id=row["id"],
        account=row["account"],
        applicant=row["applicant"],
        application=application,
        state=ClientState(row["state"]),
        terms=None if row["scopes"] is None else terms_of(row),
        is_open=row["is_open"],
        behind=row["behind"],
        version=row["version"],
        applied_at=row["applied_at"],
        changed_at=row["changed_at"],
    )


def terms_of(row: asyncpg.Record) -> Terms:
    """The terms in a row of a client or of a proposal."""
    return Terms(
        scopes=tuple(Scope(each) for each in row["scopes"]),
        per_day=row["per_day"],
        per_second=row["per_second"],
        expires_at=row["expires_at"],
    )
