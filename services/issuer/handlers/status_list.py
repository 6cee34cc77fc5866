"""Status lists, signed: whole, or what is new since a verifier asked last."""

from datetime import UTC, datetime, timedelta
from typing import Final

from healthcode.credential import Delta, SigningKey, StatusList, sign_delta, sign_list
from services.issuer.domain import LIST_BITS
from services.issuer.ports import Credentials

OVERLAP: Final = timedelta(minutes=5)
"""A revocation is committed a little after its own time: what is new begins this much earlier. Bits repeat safely."""


async def whole_list(credentials: Credentials, key: SigningKey, region: str, list_id: str, now: datetime) -> bytes:
    """All of a list. Its version is the time in seconds since 1970."""
    revoked = await credentials.revoked(list_id)
    return sign_list(StatusList.of(region, list_id, revoked, LIST_BITS, int(now.timestamp()), now), key)


async def newly_revoked(
    credentials: Credentials, key: SigningKey, region: str, list_id: str, since: int, now: datetime
) -> bytes:
    """What was revoked behind a version of the list."""
    known = min(datetime.fromtimestamp(since, UTC), now)
    newly = await credentials.revoked(list_id, known - OVERLAP)
    delta = Delta(
        issuer=region, list_id=list_id, since=since, version=int(now.timestamp()), as_of=now, newly=tuple(newly)
    )
    return sign_delta(delta, key)
