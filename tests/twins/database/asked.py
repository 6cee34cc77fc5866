"""What the tests of delivery themselves ask a database, for the twin."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from tests.twins.database.engine import Row, Transaction
from tests.twins.database.statements import copied, statement


@statement("SELECT pg_current_xact_id()")
async def current_xid(tx: Transaction) -> Sequence[Row]:
    return [{"xid": tx.xid}]


@statement("SET statement_timeout = 1000")
async def no_statement_takes_long(_: Transaction) -> None: ...


@statement("SELECT count(*) FROM outbox")
async def count_outbox(tx: Transaction) -> Sequence[Row]:
    return [{"count": len(tx.rows("outbox"))}]


@statement("SELECT topic FROM outbox")
async def topics(tx: Transaction) -> Sequence[Row]:
    return [{"topic": row["topic"]} for row in tx.rows("outbox")]


@statement("SELECT headers FROM outbox")
async def headers(tx: Transaction) -> Sequence[Row]:
    return [{"headers": row["headers"]} for row in tx.rows("outbox")]


@statement("SELECT window_no FROM relay_lane")
async def window_no(tx: Transaction) -> Sequence[Row]:
    return [{"window_no": row["window_no"]} for row in tx.rows("relay_lane")]


@statement("UPDATE relay_lane SET seen_at = seen_at - interval '1 hour'")
async def long_ago(tx: Transaction) -> None:
    for lane in tx.rows("relay_lane"):
        row = await tx.lock("relay_lane", lane["lane"])
        if row is not None:
            tx.put("relay_lane", lane["lane"], seen_at=row["seen_at"] - timedelta(hours=1))


@statement("SELECT count(*) FROM parked_record")
async def count_parked(tx: Transaction) -> Sequence[Row]:
    return [{"count": len(tx.rows("parked_record"))}]


@statement("SELECT key, reason FROM parked_record ORDER BY id")
async def parked(tx: Transaction) -> Sequence[Row]:
    rows = sorted(tx.rows("parked_record"), key=lambda row: int(row["id"]))
    return [{"key": row["key"], "reason": row["reason"]} for row in rows]


@copied("done")
async def done(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        tx.append("done", **row)


@statement("SELECT count(*) FROM done")
async def count_done(tx: Transaction) -> Sequence[Row]:
    return [{"count": len(tx.rows("done"))}]
