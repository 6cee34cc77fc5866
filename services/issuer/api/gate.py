"""What a checkpoint asks: is this credential good, and who is this without a phone."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from chassis.http.auth import Principal, requires
from healthcode.values import Scope, label
from services.issuer.api.deps import Deps
from services.issuer.api.models import BriefCode, LookupRequest, VerificationAnswer, VerificationRequest
from services.issuer.api.problems import as_problems
from services.issuer.api.render import act_word, answer, brief, language
from services.issuer.handlers.credential import Verified, scan
from services.issuer.handlers.lookup import Caller, look_up

Checkpoint = Annotated[Principal, Depends(requires("checkpoint", own_region=True))]

Scanner = Annotated[Principal, Depends(requires("checkpoint", "integrator", own_region=True))]


async def scanned_by(deps: Deps, caller: Principal, text: str) -> tuple[Verified, datetime]:
    """What was scanned, for a checkpoint or for a client that may verify; and when that was."""
    if "checkpoint" not in caller.roles:
        await deps.clients.admit(caller, Scope.VERIFY)
    now = deps.clock.now()
    return await scan(deps.credentials, deps.trust, text, now), now


def router(deps: Deps) -> APIRouter:
    """`/v1/verifications` and `/v1/lookups`."""
    routes = APIRouter(prefix="/v1", tags=["verify code"])

    @routes.post("/verifications", responses={200: {"model": VerificationAnswer}})
    async def verify(caller: Scanner, request: Request, scanned: VerificationRequest) -> Response:
        """One clear answer to what was scanned; always 200, the verdict says what it is worth.

        An integrator needs the scope `codes.verify`.
        """
        found, now = await scanned_by(deps, caller, scanned.credential)
        lang = language(request)
        code, claims = found.code, found.claims
        body = {
            "verdict": found.verdict.value,
            "text": label(found.verdict, lang),
            "color": code.color.value if code else None,
            "word": label(code.color, lang) if code else None,
            "act": code.act if code else None,
            "act_word": act_word(code.act, lang) if code else None,
            "until": code.until if code else None,
            "region": claims.region if claims else None,
            "expires_at": claims.expires_at if claims else None,
            "verified_at": now,
        }
        return answer(body)

    @routes.post("/lookups", responses={200: {"model": BriefCode}})
    async def look_up_document(caller: Checkpoint, request: Request, document: LookupRequest) -> Response:
        """The code of the person whose document it is. Who asked is kept; the number is not."""
        asking = Caller(caller.sub, caller.client_id, caller.authority)
        wanted = (document.id_type, document.id_number)
        with as_problems():
            code = await look_up(deps.views, deps.lookups, deps.pseudonymise, wanted, asking, deps.clock.now())
        return answer(brief(code, language(request)))

    return routes
