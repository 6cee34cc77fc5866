"""The declaration's statements, as far as accepting a statement and its receipt go."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.declaration.store import answers, people, statements
from tests.twins.database.engine import Row, Transaction
from tests.twins.database.statements import statement

PERSON = ("subject", "wrapped", "sealed", "weight", "self_declared")
STATEMENT = ("id", "kind", "subject", "declarer", "attestation", "accepted_at", "batch", "line")
STAGES = ("finding", "finding_color", "audited_at", "incarnation", "version", "color", "coloured_at")


@statement(people.KEEP)
async def keep(tx: Transaction, *columns: Sequence[Any]) -> Sequence[Row]:
    written: list[Row] = []
    for values in sorted(zip(*columns, strict=True)):
        row = dict(zip(PERSON, values, strict=True))
        known = await tx.lock("person", row["subject"])
        if known is None:
            written.append(tx.put("person", row["subject"], **row, updated_at=tx.now()))
        elif row["sealed"] is not None and (known["sealed"] is None or row["weight"] >= known["weight"]):
            row["self_declared"] = known["self_declared"] or row["self_declared"]
            written.append(tx.put("person", row["subject"], **row, updated_at=tx.now()))
    return [{"subject": row["subject"]} for row in written]


@statement(statements.ADD)
async def add(tx: Transaction, *columns: Sequence[Any]) -> None:
    for values in zip(*columns, strict=True):
        row = dict(zip(STATEMENT, values, strict=True))
        await tx.insert("statement", row["id"], **row, **dict.fromkeys(STAGES))


@statement(statements.RECEIPT)
async def receipt(tx: Transaction, ident: str) -> Sequence[Row]:
    row = tx.get("statement", ident)
    return [] if row is None else [row]


async def _reach(tx: Transaction, stage: str, names: Sequence[str], columns: Sequence[Sequence[Any]]) -> None:
    """Of several for one id, the earliest; those that have the stage already keep it."""
    news: dict[str, dict[str, Any]] = {}
    for values in zip(*columns, strict=True):
        ident, reached = values[0], dict(zip(names, values[1:], strict=True))
        if ident not in news or reached[stage] < news[ident][stage]:
            news[ident] = reached
    without = sorted(row["id"] for row in tx.rows("statement") if row["id"] in news and row[stage] is None)
    for row in await tx.lock_seen("statement", without):
        if row[stage] is None:
            tx.put("statement", row["id"], **news[row["id"]])


@statement(statements.AUDITED)
async def audited(tx: Transaction, *columns: Sequence[Any]) -> None:
    await _reach(tx, "audited_at", ("finding", "finding_color", "audited_at"), columns)


@statement(statements.COLOURED)
async def coloured(tx: Transaction, *columns: Sequence[Any]) -> None:
    await _reach(tx, "coloured_at", ("incarnation", "version", "color", "coloured_at"), columns)


@statement(answers.FILE)
async def file(tx: Transaction, *arguments: Any) -> Sequence[Row]:
    *columns, now, oldest = arguments
    fresh = []
    for client, key, body_hash, status, response in sorted(zip(*columns, strict=True)):
        known = await tx.lock("idempotency", (client, key))
        if known is None or known["created_at"] < oldest:
            values = {"body_hash": body_hash, "status": status, "response": response, "created_at": now}
            tx.put("idempotency", (client, key), client=client, key=key, **values)
            fresh.append({"client": client, "key": key})
    return fresh


@statement(answers.FILED)
async def filed(tx: Transaction, clients: Sequence[str], keys: Sequence[str]) -> Sequence[Row]:
    rows = [tx.get("idempotency", name) for name in zip(clients, keys, strict=True)]
    names = ("client", "key", "body_hash", "status", "response")
    return [{name: row[name] for name in names} for row in rows if row]


@statement(answers.KNOWN)
async def known(tx: Transaction, client: str, key: str, body_hash: bytes, since: datetime) -> Sequence[Row]:
    row = tx.get("idempotency", (client, key))
    if row is None or row["body_hash"] != body_hash or row["created_at"] < since:
        return []
    return [{"status": row["status"], "response": row["response"]}]
