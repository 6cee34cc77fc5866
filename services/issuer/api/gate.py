"""What a checkpoint asks: is this credential good, and who is this without a phone."""

from datetime import datetime
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from chassis.http.auth import Principal, requires
from healthcode.credential import CheckPolicy, Verdict, place_of
from healthcode.values import Color, Lang, Scope, label
from services.issuer.api.deps import Deps
from services.issuer.api.models import BriefCode, LookupRequest, VerificationAnswer, VerificationRequest
from services.issuer.api.problems import as_problems
from services.issuer.api.render import act_word, answer, brief, language
from services.issuer.domain.place import Place
from services.issuer.handlers.lookup import Caller, look_up
from services.issuer.handlers.place import let_in
from services.issuer.handlers.scan import tell_of_guests
from services.issuer.handlers.showing import COLORS, Desk, Shown, as_it_counts, look_at, which_counts

Checkpoint = Annotated[Principal, Depends(requires("checkpoint", own_region=True))]

Scanner = Annotated[Principal, Depends(requires("checkpoint", "integrator", own_region=True))]


class Judged(NamedTuple):
    """What a code that is valid lets its holder do; nothing of any other."""

    verdict: Verdict
    color: Color | None = None
    act: str | None = None
    until: datetime | None = None


class Seen(NamedTuple):
    """What was scanned, when, which of it counts, and the number of the pass that came of it."""

    shown: list[Shown]
    at: datetime
    counts: int | None
    number: str | None = None

    @property
    def repeated(self) -> bool:
        """Whether the proof of any was shown before."""
        return any(each.repeated for each in self.shown)

    @property
    def first(self) -> Shown:
        """The one that counts; where none does, the first that is in the way."""
        bad = next((n for n, each in enumerate(self.shown) if each.status is None or each.repeated), 0)
        return self.shown[bad if self.counts is None else self.counts]


def judged(seen: Seen) -> Judged:
    """Verdict, color, act and end of what counts."""
    if seen.counts is None:
        first = seen.first.found.verdict
        return Judged(Verdict.NOT_FRESH if first is Verdict.VALID and seen.first.repeated else first)
    return _judged(seen.first)


def _judged(shown: Shown) -> Judged:
    """Of one's own people as they stand now, of others as their credential says.

    The act is this region's; what the person is as a guest here is recognition's to say.
    """
    found, status = shown.found, shown.status
    if found.code is not None:
        return Judged(found.verdict, found.code.color, found.code.act, found.code.until)
    if status is None:
        return Judged(found.verdict)
    until = found.claims.until if found.claims else None
    return Judged(found.verdict, COLORS.get(status), CheckPolicy().acts.get(status), until)


async def scanned_by(deps: Deps, caller: Principal, scanned: VerificationRequest, *, guard: bool) -> Seen:
    """What was scanned, for a checkpoint or for a client that may verify; at a place, who is let in is on record.

    `guard`: whether somebody is there who compares a name with a document, so that certificates of other systems count.
    """
    if "checkpoint" not in caller.roles:
        await deps.clients.admit(caller, Scope.VERIFY)
    entries, now = deps.entries, deps.clock.now()
    place = None if scanned.place is None else await entries.behind(scanned.place, now)
    named = None if scanned.place is None else place_of(scanned.place)
    desk = Desk(
        credentials=deps.credentials,
        passes=entries.passes,
        trust=deps.keys.believed(),
        abroad=entries.abroad,
        policy=entries.policy,
        combine=entries.combine,
        foreign=entries.foreign if guard else None,
    )
    shown = [await look_at(desk, text, now, named) for text in (scanned.credential, *scanned.others)]
    good = [each.found.claims for each in shown if each.status is not None and each.found.claims is not None]
    await tell_of_guests(entries.scans, entries.region, good, now, deps.ids)
    seen = Seen(shown, now, which_counts(desk, shown))
    return seen if place is None else seen._replace(number=await _number(deps, seen, place))


async def _number(deps: Deps, seen: Seen, place: Place) -> str | None:
    """The number of the pass of who is let in by what counts; there is one only for who has a code here."""
    own = next((each.found.code for each in seen.shown if each.found.code is not None), None)
    made = judged(seen)
    if own is None or seen.repeated or made.color is None or made.act is None:
        return None
    code = as_it_counts(own, made.color, made.act)
    entered = await let_in(deps.entries.passes, place, code, seen.at, deps.entries.new_number(), "shown")
    return entered.entry.number if entered.entry else None


def router(deps: Deps) -> APIRouter:
    """`/v1/verifications` and `/v1/lookups`."""
    routes = APIRouter(prefix="/v1", tags=["verify code"])

    @routes.post("/verifications", responses={200: {"model": VerificationAnswer}})
    async def verify(caller: Scanner, request: Request, scanned: VerificationRequest) -> Response:
        """One clear answer to what was scanned; always 200, the verdict says what it is worth.

        Where a person shows several, the region's rule says which counts (docs/recognition.md). A certificate of
        another system counts where the region takes any: compare its name with a document. An integrator needs the
        scope `codes.verify`.
        """
        seen = await scanned_by(deps, caller, scanned, guard=True)
        made, lang = judged(seen), language(request)
        home = deps.entries.region
        body = _shown(seen.first, made, lang, home) | {
            "act": made.act,
            "act_word": act_word(made.act, lang) if made.act else None,
            "until": made.until,
            "verified_at": seen.at,
            "number": seen.number,
            "counts": seen.counts,
            "others": [_shown(each, _judged(each), lang, home) for each in seen.shown[1:]],
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


def _shown(shown: Shown, made: Judged, lang: Lang, home: str) -> dict[str, Any]:
    claims, paper = shown.found.claims, shown.certificate
    read = paper.read if paper else None
    refusal = paper.refusal if paper else None
    certificate = paper and {
        "format": read and read.format,
        "issuer": read and read.issuer,
        "name": read and read.name,
        "born": read and read.born,
        "status": paper.judged and paper.judged.status.value,
        "row": paper.judged and paper.judged.row,
        "refusal": refusal and refusal.value,
    }
    return {
        "verdict": made.verdict.value,
        "text": label(refusal or made.verdict, lang),
        "color": made.color.value if made.color else None,
        "word": label(made.color, lang) if made.color else None,
        "region": claims.region if claims else None,
        "expires_at": claims.expires_at if claims else read and read.expires_at,
        "repeated": shown.repeated,
        "guest": claims.credential_id.hex() if claims and shown.status is not None and claims.issuer != home else None,
        "certificate": certificate,
    }
