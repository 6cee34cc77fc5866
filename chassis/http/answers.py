"""From any error to a problem document: what the handlers of the application answer."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import structlog
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import Scope

from chassis.http import standard
from chassis.http.problems import MEDIA_TYPE, FieldError, Problem, ProblemType
from chassis.http.wording import Language, field_detail, fill, language_of

log = structlog.get_logger(__name__)

INSTANCE_PREFIX = "urn:healthcode:request:"
REQUEST_ID_KEY = "chassis.request_id"
LONGEST_NAME = 64  # of a field that the caller made up
SCHEMA_PARAMS = frozenset(
    {"min_length", "max_length", "gt", "ge", "lt", "le", "multiple_of", "expected", "expected_tags", "pattern"}
)
"""What pydantic says about the schema; the rest of its context can quote the value."""

_BY_STATUS = {
    401: standard.UNAUTHENTICATED,
    403: standard.FORBIDDEN,
    404: standard.NOT_FOUND,
    405: standard.METHOD_NOT_ALLOWED,
    406: standard.NOT_ACCEPTABLE,
    409: standard.CONFLICT,
    413: standard.TOO_LARGE,
    415: standard.UNSUPPORTED_MEDIA,
    422: standard.INVALID,
    429: standard.TOO_MANY,
    503: standard.NOT_READY,
}


def problem_response(scope: Scope, problem: Problem) -> Response:
    """The document of a problem, in the language that the request prefers."""
    language = language_of(Headers(scope=scope).get("accept-language", ""))
    kind = problem.kind
    title, detail = (kind.title_zh, kind.detail_zh) if language == "zh" else (kind.title_en, kind.detail_en)
    document: dict[str, Any] = {
        **problem.extensions,
        "type": kind.urn,
        "title": title,
        "status": kind.status,
        "detail": fill(detail, problem.params),
        "instance": INSTANCE_PREFIX + scope.get(REQUEST_ID_KEY, "none"),
        "code": kind.code,
    }
    if problem.errors:
        document["errors"] = [_field_document(error, language) for error in problem.errors]
    headers = {"Content-Language": language, "Vary": "Accept-Language", "Cache-Control": "no-store", **problem.headers}
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, kind.status, headers, media_type=MEDIA_TYPE)


def _field_document(error: FieldError, language: Language) -> dict[str, str]:
    document = {"code": error.code, "detail": field_detail(error.code, error.params, language)}
    if error.pointer is not None:
        document["pointer"] = error.pointer
    if error.parameter is not None:
        document["parameter"] = error.parameter
    return document


def from_status(status: int, headers: Mapping[str, str] | None = None) -> Problem:
    """The problem that stands for an HTTP status raised by the framework; its own text is not passed on."""
    fallback = standard.BAD_REQUEST if status < 500 else standard.INTERNAL
    kind: ProblemType = _BY_STATUS.get(status, fallback)
    return Problem(kind, headers=headers)


def from_validation(error: RequestValidationError) -> Problem:
    """The problem that stands for a request that does not fit its schema."""
    faults: Sequence[Mapping[str, Any]] = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return Problem(standard.MALFORMED_JSON)
    return Problem(standard.INVALID, errors=[field_error(fault, error.body) for fault in faults])


def field_error(fault: Mapping[str, Any], body: object) -> FieldError:
    """One pydantic error as a field error: its place, kind and what the schema wants, never its input."""
    place, *path = fault["loc"] or ("body",)
    params = {name: value for name, value in fault.get("ctx", {}).items() if name in SCHEMA_PARAMS}
    kind = str(fault["type"])
    if place == "body":
        return FieldError(kind, pointer=pointer(path, body), params=params)
    return FieldError(kind, parameter=f"{place}:{'.'.join(str(part) for part in path)}"[:LONGEST_NAME], params=params)


def pointer(path: Sequence[int | str], body: object) -> str:
    """The JSON pointer (RFC 6901, as a fragment) of a pydantic location.

    Pydantic puts the names of union members among the keys; those that are no place in the body are left out.
    """
    parts: list[str] = []
    here = body
    for depth, part in enumerate(path):
        known, here = _step(here, part)
        missing_field = isinstance(here, dict) and depth == len(path) - 1
        if not known and not missing_field:
            continue
        parts.append(str(part)[:LONGEST_NAME].replace("~", "~0").replace("/", "~1"))
    return "#" + "".join(f"/{part}" for part in parts)


def _step(here: object, part: int | str) -> tuple[bool, object]:
    """Whether `part` is a place in `here`, and what stands there (else `here` itself)."""
    if isinstance(here, dict) and part in here:
        return True, here[part]
    if isinstance(here, list) and isinstance(part, int) and part < len(here):
        return True, here[part]
    return False, here


async def answer_problem(request: Request, error: Exception) -> Response:
    """Handler of `Problem`."""
    assert isinstance(error, Problem)  # noqa: S101 - registered for this class alone
    return problem_response(request.scope, error)


async def answer_status(request: Request, error: Exception) -> Response:
    """Handler of the framework's own HTTP errors."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_methods(request)))
    return problem_response(request.scope, from_status(error.status_code, headers))


def _methods(request: Request) -> set[str]:
    """All methods of an address (RFC 9110, section 10.2.1); the framework names those of the first route alone."""
    contexts = [context for context in iter_route_contexts(request.app.routes) if context.path is not None]
    path = request.scope["path"]
    return {method for c in contexts if _pattern(c.path).match(path) for method in c.methods or ()}


@lru_cache(maxsize=1024)
def _pattern(template: str) -> re.Pattern[str]:
    return compile_path(template)[0]


async def answer_validation(request: Request, error: Exception) -> Response:
    """Handler of requests that do not fit their schema."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class alone
    return problem_response(request.scope, from_validation(error))


async def answer_outage(request: Request, error: Exception) -> Response:
    """Handler of what passes by itself: the database is away, or two transactions were in each other's way."""
    log.warning("database_away", exc_info=error)
    return problem_response(request.scope, Problem(standard.NOT_READY, headers={"Retry-After": "1"}))


async def answer_unstorable(request: Request, _error: Exception) -> Response:
    """Handler of texts that the database refuses."""
    return problem_response(request.scope, Problem(standard.BAD_REQUEST))


def internal_error(scope: Scope, error: Exception) -> Response:
    """The answer to an error that nobody expected: logged in full here, named to the caller by its instance alone."""
    log.error("unexpected_error", exc_info=error)
    return problem_response(scope, Problem(standard.INTERNAL))
