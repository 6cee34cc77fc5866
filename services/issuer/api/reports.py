"""What a checkpoint scanned while it had no network, told afterwards."""

from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from chassis.http.auth import Principal, requires
from chassis.http.body import Body, Moment
from healthcode.credential import Verdict
from healthcode.values import label
from services.issuer.api.deps import Deps
from services.issuer.api.models import NOON, Answer
from services.issuer.api.problems import invalid_field
from services.issuer.api.render import answer, language
from services.issuer.handlers.scan import LateDesk, Report, take_reports

MOST: Final = 200
OLDEST: Final = timedelta(days=14)

Checkpoint = Annotated[Principal, Depends(requires("checkpoint", own_region=True))]


class ReportIn(Body):
    """One code that was scanned."""

    # a space is a character of base45
    model_config = ConfigDict(str_strip_whitespace=False)

    credential: str = Field(min_length=1, max_length=4096, examples=["HC1:NCFOXN…"], description="as it was scanned")
    seen_at: Moment = Field(examples=[NOON], description="by the clock of the device; 14 days ago at most")


class ReportsIn(Body):
    """What was scanned offline, in whatever order."""

    scans: list[ReportIn] = Field(min_length=1, max_length=MOST)


class ReportOut(Answer):
    """What it was worth when it was scanned, and nothing of how its holder stands now."""

    verdict: Verdict = Field(examples=["valid"])
    text: str = Field(examples=["有效"])
    region: str | None = Field(examples=["420000"])
    seen_at: datetime = Field(examples=[NOON])
    guest: str | None = Field(
        examples=["00112233445566778899aabbccddeeff"],
        description="of another region's code, its id: `GET /v1/guests/by-credential/{guest}` says what it counts as",
    )


class ReportsOut(Answer):
    """In the order of what was sent."""

    items: list[ReportOut]


def router(deps: Deps) -> APIRouter:
    """`/v1/passes/reports`."""
    routes = APIRouter(prefix="/v1", tags=["verify code"])

    @routes.post("/passes/reports", responses={200: {"model": ReportsOut}})
    async def report_scans(_: Checkpoint, request: Request, said: ReportsIn) -> Response:
        """Tell what was scanned offline: guests among it are watched from then on, while that is still of use.

        Telling the same again changes nothing: no Idempotency-Key.
        """
        now, lang = deps.clock.now(), language(request)
        for number, each in enumerate(said.scans):
            if now - each.seen_at > OLDEST:
                raise invalid_field("scan_too_old", pointer=f"#/scans/{number}/seen_at")
        desk = LateDesk(deps.entries.region, deps.keys.believed(), deps.entries.policy)
        reports = [Report(each.credential, each.seen_at) for each in said.scans]
        found = await take_reports(deps.entries.scans, desk, reports, now, deps.ids)
        items = [
            {
                "verdict": each.verdict.value,
                "text": label(each.verdict, lang),
                "region": each.claims.region if each.claims else None,
                "seen_at": report.seen_at,
                "guest": each.claims.credential_id.hex() if each.told and each.claims else None,
            }
            for report, each in zip(reports, found, strict=True)
        ]
        return answer({"items": items})

    return routes
