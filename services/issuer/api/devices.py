"""Verify code, for gate devices that are there already: the same check, in the two shapes that they know."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from chassis.http.auth import Principal
from chassis.http.problems import SUCCESS
from healthcode.credential import Gate, Verdict, gate_of, status_of_gate
from healthcode.values import Lang
from services.issuer.api.deps import Deps
from services.issuer.api.gate import Scanner, judged, scanned_by
from services.issuer.api.models import Answer, VerificationRequest
from services.issuer.api.render import answer, language

NO_STATUS: Final = "1361"
"""The return code of an answer without a status."""
WORDS: Final[dict[Gate, tuple[str, str]]] = {
    Gate.GREEN: ("绿码，可通行", "green: let in"),
    Gate.YELLOW: ("黄码，不可通行", "yellow: do not let in"),
    Gate.RED: ("红码，不可通行", "red: do not let in"),
    Gate.EXPIRED: ("健康码已过期，请刷新", "expired: refresh the code"),
    Gate.ABSENT: ("没有健康码，请先申报", "no code: declare first"),
    Gate.FAILED: ("核验失败，请重新出示", "not verified: show the code again"),
    Gate.TIMEOUT: ("暂时无法核验，请稍后重试", "cannot be verified now: try again"),
}


class StatusAnswer(Answer):
    """For devices that know `00` green, `01` yellow and `10` red: only `00` opens, and what is null never does."""

    code: Annotated[
        str, Field(pattern="^(0000|1361)$", examples=[SUCCESS], description="0000 with a status, else 1361")
    ]
    status: Literal["00", "01", "10"] | None = Field(examples=["00"])
    verdict: Verdict = Field(examples=["valid"])
    message: str = Field(examples=["绿码，可通行"], description="in the asked language")


class NumberAnswer(Answer):
    """For devices that know 1 green, 2 yellow, 3 red, 4 expired, 5 absent, 6 failed, 7 timeout: only 1 opens."""

    result: Literal[1, 2, 3, 4, 5, 6, 7] = Field(examples=[1])
    message: str = Field(examples=["绿码，可通行"], description="in the asked language")


def router(deps: Deps) -> APIRouter:
    """`/v1/verifications/status` and `/v1/verifications/number`."""
    routes = APIRouter(prefix="/v1/verifications", tags=["verify code"])

    async def checked(caller: Principal, scanned: VerificationRequest) -> tuple[Gate, Verdict]:
        """Where nobody looks twice, a proof that was shown before lets nobody in, nor a certificate with a name."""
        seen = await scanned_by(deps, caller, scanned, guard=False)
        made = judged(seen)
        if seen.repeated:
            return Gate.FAILED, Verdict.NOT_FRESH
        return gate_of(made.verdict, made.color, made.act), made.verdict

    @routes.post("/status", responses={200: {"model": StatusAnswer}})
    async def verify_for_status(caller: Scanner, request: Request, scanned: VerificationRequest) -> Response:
        """As `POST /v1/verifications`, in the shape `00`, `01`, `10`."""
        gate, verdict = await checked(caller, scanned)
        status = status_of_gate(gate)
        body = {
            "code": SUCCESS if status else NO_STATUS,
            "status": status.value if status else None,
            "verdict": verdict.value,
            "message": _word(gate, language(request)),
        }
        return answer(body)

    @routes.post("/number", responses={200: {"model": NumberAnswer}})
    async def verify_for_number(caller: Scanner, request: Request, scanned: VerificationRequest) -> Response:
        """As `POST /v1/verifications`, in the shape 1 to 7; a device that gets no answer shows 7 itself."""
        gate, _ = await checked(caller, scanned)
        return answer({"result": gate.value, "message": _word(gate, language(request))})

    return routes


def _word(gate: Gate, lang: Lang) -> str:
    return WORDS[gate][0 if lang == "zh" else 1]
