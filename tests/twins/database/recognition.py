"""Recognition's statements."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.recognition.store import guest, home, route
from tests.twins.database.engine import Row, Transaction
from tests.twins.database.statements import statement

CODE = ("subject", "incarnation", "version", "color", "evidence", "since", "until", "changed_at")
NEW = {
    "incarnation": 0,
    "version": 0,
    "color": "pending",
    "evidence": "none",
    "since": None,
    "until": None,
    "changed_at": None,
}
WATCH = ("trip", "subject", "destination", "until", "purpose", "handle", "opened_at", "sequence", "gone")
ROUTE = ("handle", "origin", "destination", "until", "sequence", "ended", "answered")
GUEST = tuple(name.strip() for name in guest.COLUMNS.split(","))


@statement(home.INSERT_MISSING)
async def insert_missing(tx: Transaction, subjects: Sequence[str]) -> None:
    for subject in sorted(subjects):
        await tx.insert_missing("home_code", subject, subject=subject, **NEW)


@statement(home.LOCK)
async def lock_homes(tx: Transaction, subjects: Sequence[str]) -> Sequence[Row]:
    rows = await tx.lock_seen("home_code", sorted(set(subjects)))
    return [{name: row[name] for name in CODE} for row in rows]


@statement(home.WATCHES)
async def watches(tx: Transaction, subjects: Sequence[str]) -> Sequence[Row]:
    return sorted((row for row in tx.rows("watch") if row["subject"] in subjects), key=lambda row: row["trip"])


@statement(home.OVER)
async def over(tx: Transaction, now: datetime, limit: int) -> Sequence[Row]:
    subjects = dict.fromkeys(row["subject"] for row in tx.rows("watch") if row["until"] <= now)
    return [{"subject": subject} for subject in list(subjects)[:limit]]


@statement(home.UPDATE_CODES)
async def update_codes(tx: Transaction, *columns: Sequence[Any]) -> None:
    for values in zip(*columns, strict=True):
        row = dict(zip(CODE, values, strict=True))
        if await tx.lock("home_code", row["subject"]) is not None:
            tx.put("home_code", row["subject"], **row)


@statement(home.UPSERT_WATCHES)
async def upsert_watches(tx: Transaction, *columns: Sequence[Any]) -> None:
    for values in zip(*columns, strict=True):
        row = dict(zip(WATCH, values, strict=True))
        known = await tx.lock("watch", row["trip"])
        changed = row if known is None else {name: row[name] for name in ("handle", "opened_at", "sequence", "gone")}
        tx.put("watch", row["trip"], **changed)


@statement(home.DELETE_WATCHES)
async def delete_watches(tx: Transaction, trips: Sequence[str]) -> int:
    gone = await tx.lock_seen("watch", trips)
    for row in gone:
        tx.delete("watch", row["trip"])
    return len(gone)


@statement(route.LOCK)
async def lock_routes(tx: Transaction, handles: Sequence[str]) -> Sequence[Row]:
    return await tx.lock_seen("route", sorted(handles))


@statement(route.UPSERT)
async def upsert_routes(tx: Transaction, *columns: Sequence[Any]) -> None:
    for values in zip(*columns, strict=True):
        row = dict(zip(ROUTE, values, strict=True))
        known = await tx.lock("route", row["handle"])
        tx.put(
            "route", row["handle"], **(row if known is None else {n: row[n] for n in ("sequence", "ended", "answered")})
        )


@statement(route.PURGE)
async def purge(tx: Transaction, before: datetime, limit: int) -> int:
    old = [row["handle"] for row in tx.rows("route") if row["until"] < before]
    gone = [handle for handle in old if tx.try_lock("route", handle)][:limit]
    for handle in gone:
        tx.delete("route", handle)
    return len(gone)


@statement(guest.LOCK)
async def lock_guests(tx: Transaction, handles: Sequence[str]) -> Sequence[Row]:
    return await tx.lock_seen("guest", sorted(handles))


@statement(guest.LOCK_OVER)
async def lock_over(tx: Transaction, now: datetime, limit: int) -> Sequence[Row]:
    old = [row for row in tx.rows("guest") if row["watched_until"] <= now]
    old.sort(key=lambda row: (row["watched_until"], row["handle"]))
    return [row for row in old if tx.try_lock("guest", row["handle"])][:limit]


@statement(guest.UPSERT)
async def upsert_guests(tx: Transaction, *columns: Sequence[Any]) -> None:
    kept = ("origin", "purpose", "watched_until")
    for values in zip(*columns, strict=True):
        row = dict(zip(GUEST, values, strict=True))
        known = await tx.lock("guest", row["handle"])
        changed = row if known is None else {name: value for name, value in row.items() if name not in kept}
        tx.put("guest", row["handle"], **changed)


@statement(guest.DELETE)
async def delete_guests(tx: Transaction, handles: Sequence[str]) -> int:
    gone = await tx.lock_seen("guest", handles)
    for row in gone:
        tx.delete("guest", row["handle"])
    return len(gone)
