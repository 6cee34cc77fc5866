"""The region's keys, for officers: how they stand, and what two of them decide."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from chassis.http.auth import Principal, requires
from chassis.http.problems import Problem
from healthcode.credential import TrustEntry
from healthcode.credential.catalogued import USAGES
from healthcode.two_officers import Officer, Word, standing
from services.issuer.api.deps import Deps
from services.issuer.api.key_models import (
    PROPOSAL,
    KeyChangeOut,
    KeyChangePage,
    KeyNoteIn,
    KeysOut,
    KeyWhyIn,
    NewKeyIn,
    NoKeyIn,
)
from services.issuer.api.key_problems import OFFICER_UNVERIFIED, as_problems
from services.issuer.api.render import answer
from services.issuer.domain.trust import NAMES, stands
from services.issuer.handlers.key_change import approve, is_done, new_key, no_key, reject
from services.issuer.ports.key_change import KeyChange
from services.issuer.ports.reissue import Run

OfficerCaller = Annotated[Principal, Depends(requires("officer", own_region=True))]
Ident = Annotated[str, Path(pattern="^[0-9a-f]{32}$", examples=[PROPOSAL])]
Limit = Annotated[int, Query(ge=1, le=100)]


def router(deps: Deps) -> APIRouter:
    """`/v1/keys`."""
    routes = APIRouter(prefix="/v1/keys", tags=["keys"])
    _add_reading(routes, deps)
    _add_proposing(routes, deps)
    _add_deciding(routes, deps)
    return routes


def _add_reading(routes: APIRouter, deps: Deps) -> None:
    @routes.get("", responses={200: {"model": KeysOut}})
    async def read_keys(_: OfficerCaller) -> Response:
        """All keys by the catalogue, the revoked ones too, and how far it is with what has to be made anew."""
        now = deps.clock.now()
        keys = [_key_out(entry, name, stands(entry, now)) for name in NAMES for entry in deps.keys.own(USAGES[name])]
        runs = [_run_out(run, await deps.reissues.living(run.kid, now)) for run in await deps.reissues.runs()]
        return answer({"region": deps.signer.region, "keys": keys, "reissues": runs})

    @routes.get("/changes", responses={200: {"model": KeyChangePage}})
    async def read_changes(_: OfficerCaller, limit: Limit = 20) -> Response:
        """What was proposed, newest first, and whether it is done."""
        now = deps.clock.now()
        found = [standing(each, now) for each in await deps.key_changes.latest(limit)]
        return answer({"as_of": now, "items": [_change_out(deps, each) for each in found]})


def _add_proposing(routes: APIRouter, deps: Deps) -> None:
    async def proposed(caller: Principal, why: str, make: Callable[[Word], KeyChange]) -> Response:
        word = Word(_officer(caller), why, deps.clock.now(), deps.ids())
        with as_problems():
            change = make(word)
        async with deps.key_changes.begin() as book:
            await book.add(change)
        return answer(_change_out(deps, change), 202)

    @routes.post("/rotations", status_code=202, responses={202: {"model": KeyChangeOut}})
    async def propose_new_key(caller: OfficerCaller, said: NewKeyIn) -> Response:
        """Propose that a new key signs; another person approves. Asked twice, there are two, of which one is rejected.

        No Idempotency-Key: what nobody approves comes to nothing.
        """
        return await proposed(
            caller, said.why, lambda word: new_key(said.usage, timedelta(hours=said.lead_hours), word)
        )

    @routes.post("/revocations", status_code=202, responses={202: {"model": KeyChangeOut}})
    async def propose_no_key(caller: OfficerCaller, said: NoKeyIn) -> Response:
        """Propose that all is void which a key signed, and made anew. Another person approves."""
        return await proposed(caller, said.why, lambda word: no_key(deps.keys, said.usage, said.key, word))


def _add_deciding(routes: APIRouter, deps: Deps) -> None:
    @routes.post("/changes/{proposal}/approval", responses={200: {"model": KeyChangeOut}})
    async def approve_change(proposal: Ident, caller: OfficerCaller, said: KeyNoteIn) -> Response:
        """Approve, as another person than who proposed it; who holds the keys then carries it out."""
        officer = _officer(caller)
        with as_problems():
            async with deps.key_changes.begin() as book:
                change = await approve(book, proposal, officer, said.note, deps.clock.now())
        return answer(_change_out(deps, change))

    @routes.post("/changes/{proposal}/rejection", responses={200: {"model": KeyChangeOut}})
    async def reject_change(proposal: Ident, caller: OfficerCaller, said: KeyWhyIn) -> Response:
        """Turn it down, or take it back."""
        officer = _officer(caller)
        with as_problems():
            async with deps.key_changes.begin() as book:
                change = await reject(book, proposal, officer, said.why, deps.clock.now())
        return answer(_change_out(deps, change))


def _officer(caller: Principal) -> Officer:
    """A verified person who acts for an authority; 403 for others."""
    if not caller.person or not caller.authority:
        raise Problem(OFFICER_UNVERIFIED)
    return Officer(caller.sub, caller.person, caller.authority)


def _change_out(deps: Deps, change: KeyChange) -> dict[str, Any]:
    return {
        "proposal": change.id,
        "act": change.act,
        "usage": change.usage,
        "key": change.key,
        "begins_at": change.begins_at,
        "why": change.why,
        "proposed_by": change.proposed_by,
        "proposed_at": change.proposed_at,
        "ends_at": change.ends_at,
        "state": change.state,
        "decided_by": change.decided_by,
        "decided_at": change.decided_at,
        "note": change.note,
        "done": is_done(change, deps.keys.own(USAGES[change.usage])),
    }


def _key_out(entry: TrustEntry, usage: str, how: str) -> dict[str, Any]:
    return {
        "key": entry.kid.hex(),
        "usage": usage,
        "stands": how,
        "signs_from": entry.not_before,
        "signs_until": entry.signs_until,
        "believed_until": entry.not_after,
        "revoked_at": entry.revoked_at,
    }


def _run_out(run: Run, waiting: int) -> dict[str, Any]:
    return {
        "key": run.kid.hex(),
        "started_at": run.started_at,
        "waiting": waiting,
        "replaced": run.replaced,
        "on_paper": run.on_paper,
        "voided": run.voided,
        "ended_at": run.ended_at,
    }
