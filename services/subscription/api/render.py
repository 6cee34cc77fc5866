"""Clients, proposals and consents as they are answered."""

from fastapi import Request

from chassis.http.wording import language_of
from healthcode.envelope import topic_name
from healthcode.events import CodeShared
from healthcode.values import Lang, label
from services.subscription.api.models import ActOut, Card, ClientOut, ConsentOut, ProposalOut
from services.subscription.domain import Client, Consent, Proposal
from services.subscription.ports import Act, Name


def language(request: Request) -> Lang:
    """The language that the caller prefers."""
    return language_of(request.headers.get("accept-language", ""))


def client_out(client: Client, region: str, lang: Lang) -> ClientOut:
    """A client as officers and itself see it."""
    application, terms = client.application, client.terms
    return ClientOut(
        client=client.id,
        account=client.account,
        name=application.name,
        contact=application.contact,
        purpose=application.purpose,
        wanted=list(application.wanted),
        state=client.state,
        word=label(client.state, lang),
        scopes=list(terms.scopes) if terms else [],
        per_day=terms.per_day if terms else None,
        per_second=terms.per_second if terms else None,
        expires_at=terms.expires_at if terms else None,
        topic=topic_name(region, CodeShared.topic.replace("{client}", client.id)) if client.is_open else None,
        applied_at=client.applied_at,
        changed_at=client.changed_at,
        version=client.version,
    )


def proposal_out(proposal: Proposal) -> ProposalOut:
    """A proposal as officers see it."""
    return ProposalOut(
        proposal=proposal.id,
        client=proposal.client,
        scopes=list(proposal.terms.scopes),
        per_day=proposal.terms.per_day,
        per_second=proposal.terms.per_second,
        expires_at=proposal.terms.expires_at,
        why=proposal.why,
        proposed_by=proposal.proposed_by,
        proposed_at=proposal.proposed_at,
        ends_at=proposal.ends_at,
        state=proposal.state,
        decided_by=proposal.decided_by,
        decided_at=proposal.decided_at,
        note=proposal.note,
    )


def act_out(act: Act) -> ActOut:
    """A line of the record."""
    return ActOut(
        at=act.at,
        what=act.what,
        by=act.by,
        authority=act.authority,
        why=act.why,
        state=act.state,
        version=act.version,
    )


def card_of(client: Client, lang: Lang) -> Card:
    """A client as the person sees it who is asked to agree."""
    scopes = list(client.terms.scopes) if client.terms else []
    return Card(
        client=client.id,
        name=client.application.name,
        contact=client.application.contact,
        purpose=client.application.purpose,
        scopes=scopes,
        words=[label(scope, lang) for scope in scopes],
        state=client.state,
    )


def consent_out(consent: Consent, client: Client, name: Name, lang: Lang) -> ConsentOut:
    """A consent as the person sees it; it has an end."""
    if consent.until is None:
        raise ValueError("a consent that is over is not shown")
    return ConsentOut(
        **card_of(client, lang).model_dump(),
        until=consent.until,
        subject=name(client.id, consent.subject),
        reference=consent.reference,
    )
