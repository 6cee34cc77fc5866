"""What a checkpoint asks: is this credential good, and who is this without a phone."""

from datetime import datetime
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from chassis.http.auth import Principal, requires
from healthcode.credential import CheckPolicy, Verdict, place_of
from healthcode.values import Color, Scope, Status, label
from services.issuer.api.deps import Deps
from services.issuer.api.models import BriefCode, LookupRequest, VerificationAnswer, VerificationRequest
from services.issuer.api.problems import as_problems
from services.issuer.api.render import act_word, answer, brief, language
from services.issuer.handlers.credential import Verified, scan
from services.issuer.handlers.lookup import Caller, look_up
from services.issuer.handlers.place import is_repeated, let_in

COLORS: Final = {Status.LOW: Color.GREEN, Status.MEDIUM: Color.YELLOW, Status.HIGH: Color.RED}
Checkpoint = Annotated[Principal, Depends(requires("checkpoint", own_region=True))]

Scanner = Annotated[Principal, Depends(requires("checkpoint", "integrator", own_region=True))]


class Seen(NamedTuple):
    """What was scanned, when, whether its proof was shown before, and the number of the pass that came of it."""

    found: Verified
    at: datetime
    repeated: bool
    number: str | None


def judged(found: Verified) -> tuple[Color | None, str | None, datetime | None]:
    """Color, act and end of what is valid: of one's own people as they stand now, of others as their credential says.

    The act is this region's; what the person is as a guest here is recognition's to say.
    """
    if found.verdict is not Verdict.VALID:
        return None, None, None
    if found.code is not None:
        return found.code.color, found.code.act, found.code.until
    if found.claims is None:
        return None, None, None
    status = found.claims.status
    return COLORS.get(status), CheckPolicy().acts.get(status), found.claims.until


async def scanned_by(deps: Deps, caller: Principal, scanned: VerificationRequest) -> Seen:
    """What was scanned, for a checkpoint or for a client that may verify; at a place, who is let in is on record."""
    if "checkpoint" not in caller.roles:
        await deps.clients.admit(caller, Scope.VERIFY)
    now, text = deps.clock.now(), scanned.credential
    place = None if scanned.place is None else await deps.entries.behind(scanned.place, now)
    named = None if scanned.place is None else place_of(scanned.place)
    entries = deps.entries
    found = await scan(
        deps.credentials, deps.keys.believed(), text, now, place=named, abroad=entries.abroad, policy=entries.policy
    )
    if found.verdict is not Verdict.VALID:
        return Seen(found, now, repeated=False, number=None)
    passes = deps.entries.passes
    repeated = await is_repeated(passes, text, now)
    if place is None or repeated or found.code is None:
        return Seen(found, now, repeated, None)
    entered = await let_in(passes, place, found.code, now, deps.entries.new_number(), "shown")
    return Seen(found, now, repeated, entered.entry.number if entered.entry else None)


def router(deps: Deps) -> APIRouter:
    """`/v1/verifications` and `/v1/lookups`."""
    routes = APIRouter(prefix="/v1", tags=["verify code"])

    @routes.post("/verifications", responses={200: {"model": VerificationAnswer}})
    async def verify(caller: Scanner, request: Request, scanned: VerificationRequest) -> Response:
        """One clear answer to what was scanned; always 200, the verdict says what it is worth.

        An integrator needs the scope `codes.verify`.
        """
        seen = await scanned_by(deps, caller, scanned)
        found, now = seen.found, seen.at
        color, act, until = judged(found)
        lang = language(request)
        claims = found.claims
        body = {
            "verdict": found.verdict.value,
            "text": label(found.verdict, lang),
            "color": color.value if color else None,
            "word": label(color, lang) if color else None,
            "act": act,
            "act_word": act_word(act, lang) if act else None,
            "until": until,
            "region": claims.region if claims else None,
            "expires_at": claims.expires_at if claims else None,
            "verified_at": now,
            "repeated": seen.repeated,
            "number": seen.number,
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
