"""What all routes share: who calls, one transaction a write, one answer a key."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Response
from pydantic import BaseModel

from chassis.http.auth import Principal
from chassis.http.idempotency import IdempotencyKey, Stored, idempotency_key
from chassis.http.problems import Problem
from chassis.http.standard import OTHER_REGION
from healthcode.values import IdType
from services.declaration.api.problems import explained
from services.declaration.domain.people import COUNTER, Caller
from services.declaration.handlers.desk import Desk
from services.declaration.handlers.gathering import Gathering
from services.declaration.ports import Answer, Claim, Unit, Units

Key = Annotated[IdempotencyKey | None, Depends(idempotency_key)]


@dataclass(frozen=True, slots=True)
class Edge:
    """What the routes close over."""

    desk: Desk
    units: Units
    gathering: Gathering
    region: str

    def caller(self, principal: Principal) -> Caller:
        """Who speaks. A counter vouches only in the region that its role was given for: raises Problem elsewhere."""
        if COUNTER in principal.roles and principal.region != self.region:
            raise Problem(OTHER_REGION)
        return Caller(principal.sub, principal.roles, self._subject(principal))

    async def write(
        self,
        principal: Principal,
        key: IdempotencyKey | None,
        work: Callable[[Unit], Awaitable[BaseModel]],
        status: int = 202,
    ) -> Response:
        """One transaction: the key claimed, the work, the answer kept; a known key is answered as it was before."""
        with explained():
            async with self.units.begin() as unit:
                claim = claim_of(principal, key)
                if claim is not None:
                    known = await unit.answers.claim(claim, self.desk.now())
                    if known is not None:
                        return Stored(known.status, known.body).response()
                body = (await work(unit)).model_dump_json().encode()
                if claim is not None:
                    await unit.answers.complete(claim, Answer(status, body))
        return Stored(status, body).response(replayed=False)

    def _subject(self, principal: Principal) -> str | None:
        if principal.id_type is None or principal.id_number is None:
            return None
        try:
            return self.desk.subject_of(IdType(principal.id_type), principal.id_number)
        except ValueError:  # a kind of document, or a number, that is none here
            return None


def claim_of(principal: Principal, key: IdempotencyKey | None) -> Claim | None:
    """The claim of a caller's key, if there is one."""
    return Claim(principal.client, key.key, key.body_hash) if key is not None else None
