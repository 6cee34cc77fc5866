"""What the routes are built from, and what they share."""

import base64
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from fastapi import Depends, Query

from chassis.clock import Clock
from chassis.http.auth import Principal, requires
from chassis.http.problems import FieldError, Problem
from chassis.http.standard import INVALID
from chassis.http.wording import field_text
from services.oversight.api.feed import Feed
from services.oversight.ports import Views

T = TypeVar("T")

field_text("invalid_cursor", "Send the cursor that the last page gave as `next`.", "请使用上一页返回的 next 作为游标。")

allowed: Final = requires("oversight", "officer", own_region=True)
Reader = Annotated[Principal, Depends(allowed)]
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=1000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Ports and data; made by bootstrap."""

    clock: Clock
    views: Views
    feed: Feed
    zone: ZoneInfo
    lateness: timedelta


def cursor_of(last: object) -> str:
    """Where a page ends, as a caller hands it back."""
    return base64.urlsafe_b64encode(msgspec.json.encode(last)).decode().rstrip("=")


def place_of(cursor: str | None, kind: type[T]) -> T | None:
    """Where the page before ended. Answers 422 for what is no cursor of ours."""
    if cursor is None:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=kind)
    except (msgspec.MsgspecError, ValueError):
        raise Problem(INVALID, errors=[FieldError("invalid_cursor", parameter="query:cursor")]) from None
