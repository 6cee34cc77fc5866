"""Policies are put in force and rolled back by two officers, over HTTP."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import Response

from chassis.http.auth import Principal, requires
from chassis.http.body import Body, Moment
from chassis.postgres.pool import Connection
from services.audit.api.intake import Desk, once
from services.audit.api.models import ProposalOut
from services.audit.api.policy import PATH, Files, Name, OpenPolicies
from services.audit.api.proposal import OpenProposals, officer_of, shown
from services.audit.api.routes import Key
from services.audit.domain import PolicySet
from services.audit.handlers.policy import (
    Activation,
    Book,
    Rollback,
    activate,
    candidate_of,
    check_rollback,
    roll_back,
    standing_policies,
)
from services.audit.handlers.proposal import propose
from services.audit.ports.proposal import Applies, Proposal

ACTIVATION: Final = "policy-activation"
ROLLBACK: Final = "policy-rollback"
Officer = Annotated[Principal, Depends(requires("officer", own_region=True))]
Why = Annotated[str, Field(min_length=10, max_length=1000, description="for the second officer, and for the record")]


class ActivationIn(Body):
    """A pack that is to be in force: of its files one is new to the region."""

    files: Files
    effective: Moment | None = Field(default=None, description="in the future; the pack's own time without")
    why: Why


class RollbackIn(Body):
    """An earlier version that is to be in force again."""

    version: Name
    effective: Moment | None = Field(default=None, description="in the future; at once when approved without")
    why: Why


def applies_over(store: OpenPolicies, book: Book, reasons: Collection[str]) -> Callable[[Connection], Applies]:
    """What an approved change of the policy does, over the connection of its approval."""

    def over(connection: Connection) -> Applies:
        async def put_in_force(proposal: Proposal, now: datetime) -> str:
            wanted = msgspec.json.decode(proposal.body, type=Activation)
            return (await activate(store(connection), book, reasons, wanted, proposal, now)).version

        async def put_back(proposal: Proposal, now: datetime) -> str:
            wanted = msgspec.json.decode(proposal.body, type=Rollback)
            return (await roll_back(store(connection), book, wanted, proposal, now)).version

        return {ACTIVATION: put_in_force, ROLLBACK: put_back}

    return over


def router(
    desk: Desk, proposals: OpenProposals, store: OpenPolicies, book: Book, reasons: Collection[str]
) -> APIRouter:
    """The routes by which changes of the policy are proposed."""
    routes = APIRouter(prefix=PATH, tags=["two officers"])

    @routes.post("/activations", status_code=202, response_model=ProposalOut, summary="Propose a policy and its date")
    async def activation(body: ActivationIn, caller: Officer, key: Key) -> Response:
        def wanted(present: PolicySet, now: datetime) -> Activation:
            pack, policy = candidate_of(body.files, present, reasons, now, body.effective)
            return Activation(pack.file, pack.text, policy.effective)

        return await _proposed(caller, key, ACTIVATION, body.why, wanted)

    @routes.post("/rollbacks", status_code=202, response_model=ProposalOut, summary="Propose an earlier version")
    async def rollback(body: RollbackIn, caller: Officer, key: Key) -> Response:
        def wanted(present: PolicySet, now: datetime) -> Rollback:
            rollback = Rollback(body.version, body.effective)
            check_rollback(rollback, present, now)
            return rollback

        return await _proposed(caller, key, ROLLBACK, body.why, wanted)

    async def _proposed(
        caller: Principal,
        key: Key,
        kind: str,
        why: str,
        wanted: Callable[[PolicySet, datetime], Activation | Rollback],
    ) -> Response:
        officer = officer_of(caller)

        async def work(connection: Connection) -> ProposalOut:
            now = desk.clock.now()
            act = msgspec.json.encode(wanted(await standing_policies(store(connection), book), now))
            return shown(await propose(proposals(connection), kind, act, why, officer, now, desk.ids()))

        return await once(desk, caller, key, 202, work)

    return routes
