"""A write of an operator: one transaction, on record, and once for an Idempotency-Key."""

from collections.abc import Awaitable, Callable, Sequence

from pydantic import BaseModel
from starlette.responses import Response

from chassis.http.auth import Principal
from chassis.http.idempotency import IdempotencyKey, Stored, claim, complete
from chassis.ops import acts
from chassis.ops.desk import OpsDesk
from chassis.postgres.pool import Connection
from chassis.stream.model import Committed

Work = Callable[[Connection, int], Awaitable[BaseModel]]
"""Does it; the number is the act's."""


async def deed(
    desk: OpsDesk,
    caller: Principal,
    key: IdempotencyKey | None,
    act: tuple[str, Sequence[str], str],
    work: Work,
    after: Sequence[Committed] = (),
) -> Response:
    """Do it and answer. `act`: its name, what it is done to, and the reason; `after` is called behind the commit."""
    name, targets, reason = act
    client = f"{caller.client}#{desk.service}"
    async with desk.begin() as connection:
        stored = await claim(connection, client, key, desk.clock.now()) if key else None
        if stored is not None:
            return stored.response()
        operator = acts.Operator(caller.sub, caller.client_id, reason)
        number = await acts.begin(connection, operator, name, targets)
        answer = await work(connection, number)
        body = answer.model_dump_json()
        await acts.end(connection, number, body if len(body) < 10_000 else f"{len(body)} bytes of outcomes")
        if key:
            await complete(connection, client, key, Stored(200, body.encode()))
    for done in after:
        done()
    return Stored(200, body.encode()).response(replayed=False)
