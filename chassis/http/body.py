"""What comes in a request body: how much, of which kind, and the base of the models that describe it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict
from pydantic_core import PydanticCustomError
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.http.answers import problem_response
from chassis.http.problems import Problem
from chassis.http.standard import MALFORMED_JSON, TOO_LARGE, UNSUPPORTED_ENCODING, UNSUPPORTED_MEDIA

DEFAULT_LIMIT = 1 << 20
JSON = "application/json"


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def _without_control_characters(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("control_character", "control characters")
    return text


PLAIN_TEXT: Final = AfterValidator(_without_control_characters)
"""For a text that people write: lines and tabs, but nothing that steers machines; a database takes no NUL either.

It stands last, behind the length: `Annotated[str, Field(max_length=100), PLAIN_TEXT]`.
"""

FIRST_MOMENT: Final = datetime(1900, 1, 1, tzinfo=UTC)
END_OF_MOMENTS: Final = datetime(3000, 1, 1, tzinfo=UTC)


def _within_reason(time: datetime) -> datetime:
    if not FIRST_MOMENT <= time < END_OF_MOMENTS:
        raise PydanticCustomError("impossible_time", "impossible time")
    return time


Moment = Annotated[AwareDatetime, AfterValidator(_within_reason)]
"""A time that a caller says: far from where a calendar ends, and a day more or another zone is no time any more."""


class Body(BaseModel):
    """Base of every model that comes in over HTTP: unknown fields and odd numbers are refused.

    Dates and enumerations come as texts, so the model is not strict as a whole; give whole numbers and flags the types
    `pydantic.StrictInt` and `pydantic.StrictBool`, or "5" and "yes" pass for them.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, str_strip_whitespace=True, hide_input_in_errors=True
    )


@dataclass(frozen=True, slots=True)
class BodyRule:
    """What one path takes: at most `limit` bytes, as JSON or one of `media`."""

    limit: int = DEFAULT_LIMIT
    media: frozenset[str] = field(default_factory=frozenset)


class BodyMiddleware:
    """Reads the body before the app does and refuses what is too large, no JSON, or of a kind not taken here.

    A body without a length is counted as it comes. FastAPI's own limit is not used: it answers in plain text when a
    handler ends without having read the body.
    """

    def __init__(self, app: ASGIApp, rules: Mapping[str, BodyRule]) -> None:
        self._app = app
        self._rules = rules
        self._default = BodyRule()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        rule = self._rules.get(scope["path"], self._default)
        body, ended = await _read(scope, receive, rule.limit)
        refusal = _refusal(scope, body, rule)
        if refusal is not None:
            await refusal(scope, receive, send)
        else:
            await self._app(scope, _replay(body or b"", receive, ended=ended), send)


async def _read(scope: Scope, receive: Receive, limit: int) -> tuple[bytes | None, bool]:
    """The body, None when it is longer than `limit`; and whether it came whole (the caller may hang up)."""
    length = Headers(scope=scope).get("content-length", "")
    if length.isdecimal() and int(length) > limit:
        return None, False
    read = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return bytes(read), False
        read += message.get("body", b"")
        more = message.get("more_body", False)
        if len(read) > limit:
            return None, False
    return bytes(read), True


def _refusal(scope: Scope, body: bytes | None, rule: BodyRule) -> Response | None:
    if body is None:
        problem = Problem(TOO_LARGE, headers={"Connection": "close"}, extensions={"limit": rule.limit})
        return problem_response(scope, problem)
    if not body:
        return None
    headers = Headers(scope=scope)
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        return problem_response(scope, Problem(UNSUPPORTED_ENCODING, headers={"Accept-Encoding": "identity"}))
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == JSON or (media.startswith("application/") and media.endswith("+json")):
        return None if _is_json(body) else problem_response(scope, Problem(MALFORMED_JSON))
    if media in rule.media:
        return None
    return problem_response(scope, Problem(UNSUPPORTED_MEDIA, extensions={"accepted": [JSON, *sorted(rule.media)]}))


def _is_json(body: bytes) -> bool:
    """Whether it is one JSON value in UTF-8; Python's own parser also takes NaN and Infinity."""
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
        body.decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _replay(body: bytes, receive: Receive, *, ended: bool) -> Receive:
    """A `receive` that gives the body that was read, then whatever comes after it."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given or not ended:
            return await receive() if ended else {"type": "http.disconnect"}
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
