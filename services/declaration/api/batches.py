"""Employers' batches."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request, Response

from chassis.http.auth import Principal, requires
from chassis.http.problems import Problem
from chassis.http.rates import charge
from chassis.http.standard import IDEMPOTENCY_KEY_REQUIRED, UNSUPPORTED_MEDIA
from chassis.http.wording import Language, field_detail, language_of
from services.declaration.api import examples
from services.declaration.api.answers import BatchAnswer, BatchLineError, BatchLineErrors, ProgressAnswer
from services.declaration.api.columns import DOCUMENTATION, column_of
from services.declaration.api.edge import Edge, Key
from services.declaration.api.lines import BatchLines, TooLongError, UnreadableError, csv_lines, ndjson_lines
from services.declaration.api.models import ID_PATTERN
from services.declaration.api.problems import BATCH_TOO_LONG, BATCH_UNREADABLE, explained, pointer
from services.declaration.domain.batch import MOST_LINES, LineFaults, Sending
from services.declaration.domain.fault import Fault
from services.declaration.handlers import batch as handlers

NDJSON: Final = "application/x-ndjson"
CSV: Final = "text/csv"
LIMIT: Final = 10 << 20

Employer = Annotated[Principal, Depends(requires("employer"))]

REQUEST_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": f"At most 10 MiB and 20,000 lines. The columns of CSV:\n\n{DOCUMENTATION}",
        "content": {
            NDJSON: {"schema": {"type": "string"}, "example": examples.NDJSON},
            CSV: {"schema": {"type": "string"}, "example": examples.CSV},
        },
    }
}


def batch_router(edge: Edge) -> APIRouter:
    """The routes of batches."""
    routes = APIRouter()

    @routes.post(
        "/v1/batches",
        status_code=202,
        response_model=BatchAnswer,
        summary="Declare for one's workers (单位批量申报)",
        openapi_extra=REQUEST_BODY,
    )
    async def receive(principal: Employer, key: Key, request: Request) -> Response:
        """Declarations, check-ins and trips, a line each; good lines are accepted, the others listed with their faults.

        Nobody vouches for them: a declaration counts once the person has confirmed it. `Idempotency-Key` is required:
        when the answer was lost, send the same body with the same key, and the batch goes on where it stopped.
        """
        if key is None:
            raise Problem(IDEMPOTENCY_KEY_REQUIRED)
        lines = _lines(request.headers.get("content-type", ""), await request.body())
        charge(request, principal.client, len(lines))
        sending = Sending(principal.sub, principal.client, key.key, key.body_hash)
        with explained():
            batch = await handlers.receive(edge.desk, edge.units, edge.caller(principal), sending, lines)
            async with edge.units.begin() as unit:
                receipts = await unit.batches.receipts(batch.id)
        language = language_of(request.headers.get("accept-language", ""))
        answer = BatchAnswer.of(batch, [_errors(faults, language) for faults in batch.errors], dict(receipts))
        return Response(answer.model_dump_json(), 202, media_type="application/json")

    @routes.get(
        "/v1/batches/{batch_id}", response_model=ProgressAnswer, summary="Ask how far a batch has come (批次进度)"
    )
    async def progress(
        principal: Employer, batch_id: Annotated[str, Path(pattern=ID_PATTERN, description="the batch's id")]
    ) -> Response:
        """How many lines were accepted, audited and led to a code; for who sent it."""
        with explained():
            async with edge.units.begin() as unit:
                found = await handlers.progress(unit, edge.caller(principal), batch_id)
        return Response(ProgressAnswer.of(found).model_dump_json(), media_type="application/json")

    return routes


def _lines(content_type: str, body: bytes) -> BatchLines:
    media = content_type.partition(";")[0].strip().lower()
    readers = {NDJSON: ndjson_lines, CSV: csv_lines}
    if media not in readers:
        raise Problem(UNSUPPORTED_MEDIA, extensions={"accepted": list(readers)})
    try:
        lines = readers[media](body)
    except UnreadableError:
        raise Problem(BATCH_UNREADABLE) from None
    except TooLongError:
        raise Problem(BATCH_TOO_LONG, most=MOST_LINES) from None
    if not len(lines):
        raise Problem(BATCH_UNREADABLE)
    return lines


def _errors(faults: LineFaults, language: Language) -> BatchLineErrors:
    return BatchLineErrors(line=faults.line, errors=[_error(fault, language) for fault in faults.faults])


def _error(fault: Fault, language: Language) -> BatchLineError:
    detail = field_detail(fault.code, fault.params, language)
    return BatchLineError(code=fault.code, detail=detail, pointer=pointer(fault.path), column=column_of(fault.path))
