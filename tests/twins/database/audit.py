"""The audit's statements."""

import zlib
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from services.audit.store import acts, entry, policy, review, schedule
from tests.twins.database.delivery import incarnation
from tests.twins.database.engine import Row, Transaction
from tests.twins.database.statements import statement

ACT = ("change", "policy", "version", "pack", "effective", "proposal", "recorded_at")
DOSSIER = ("subject", "facts", "sequence", "digest", "reference", "due")


def reference(tx: Transaction) -> Row:
    """The one row of its table."""
    return tx.get("reference", 0) or {"version": 1, "policies": ""}


@statement(review.LOCK)
async def lock(tx: Transaction, subjects: Sequence[str]) -> Sequence[Row]:
    rows = await tx.lock_seen("dossier", sorted(set(subjects)))
    return [{name: row[name] for name in DOSSIER} for row in rows]


@statement(review.INSERT_MISSING)
async def insert_missing(tx: Transaction, subjects: Sequence[str]) -> None:
    new = {"facts": b"", "sequence": 0, "digest": "", "reference": 0, "color": None, "due": None, "reviewed_at": None}
    for subject in sorted(subjects):
        await tx.insert_missing("dossier", subject, subject=subject, **new)


@statement(review.STANDING)
async def standing(tx: Transaction) -> Sequence[Row]:
    return [{"version": reference(tx)["version"], "incarnation": incarnation(tx)}]


@statement(review.AREAS)
async def areas(tx: Transaction) -> Sequence[Row]:
    version = {"version": reference(tx)["version"]}
    names = ("area", "level", "valid_from", "valid_until")
    counting = [row for row in highest(tx, "area_level") if not row["withdrawn"]]
    return [{**version, **{name: row[name] for name in names}} for row in counting] or [
        {**version, **dict.fromkeys(names)}
    ]


@statement(review.WRITE)
async def write(tx: Transaction, subjects: Sequence[str], *rest: Any) -> None:
    names = ("facts", "sequence", "digest", "color", "due")
    *columns, version, now, times, references, findings = rest
    history = ("subject", "sequence", "reviewed_at", "reference", "facts", "finding")
    for row in zip(subjects, columns[1], times, references, columns[0], findings, strict=True):
        if row[-1] is not None:
            await tx.insert("finding", row[:2], **dict(zip(history, row, strict=True)))
    for subject, *values in zip(subjects, *columns, strict=True):
        if await tx.lock("dossier", subject) is not None:
            changed = dict(zip(names, values, strict=True))
            tx.put("dossier", subject, **changed, reference=version, reviewed_at=now)


@statement(review.ARM)
async def arm(tx: Transaction, subjects: Sequence[str], dues: Sequence[datetime]) -> None:
    for subject, due in zip(subjects, dues, strict=True):
        await tx.lock("timer", subject)
        tx.put("timer", subject, subject=subject, due=due)


@statement(review.DISARM)
async def disarm(tx: Transaction, subjects: Sequence[str]) -> int:
    gone = await tx.lock_seen("timer", subjects)
    for row in gone:
        tx.delete("timer", row["subject"])
    return len(gone)


@statement(review.STAYED)
async def stayed(tx: Transaction, places: Sequence[str], subjects: Sequence[str]) -> None:
    for area, subject in zip(places, subjects, strict=True):
        await tx.insert_missing("stay", (area, subject), area=area, subject=subject)


@statement(schedule.TAKE_DUE)
async def take_due(tx: Transaction, now: datetime, limit: int) -> Sequence[Row]:
    due = sorted((row for row in tx.rows("timer") if row["due"] <= now), key=lambda row: row["due"])
    taken = [row for row in due if tx.try_lock("timer", row["subject"])][:limit]
    for row in taken:
        tx.delete("timer", row["subject"])
    return [{"subject": row["subject"], "due": row["due"]} for row in taken]


@statement(schedule.ONLY_ONE)
async def only_one(tx: Transaction) -> Sequence[Row]:
    return [{"locked": tx.try_advise("storm")}]


@statement(schedule.OPEN_STORMS)
async def open_storms(tx: Transaction) -> Sequence[Row]:
    found = await tx.lock_seen("storm", sorted(row["id"] for row in tx.rows("storm") if row["state"] != "done"))
    return [row for row in found if row["state"] != "done"]


@statement(schedule.OWN_XID)
async def own_xid(tx: Transaction) -> Sequence[Row]:
    return [{"xid": tx.xid}]


@statement(schedule.SWEEP_AREA)
async def sweep_area(
    tx: Transaction, at_area: str, at_subject: str, version: int, first: str, behind: str, limit: int
) -> Sequence[Row]:
    places = sorted((row["area"], row["subject"]) for row in tx.rows("stay"))
    ahead = [place for place in places if place > (at_area, at_subject) and first <= place[0] < behind][:limit]
    dossiers = [(area, tx.get("dossier", subject)) for area, subject in ahead]
    return [
        {"area": area, "subject": row["subject"], "older": row["reference"] < version} for area, row in dossiers if row
    ]


@statement(schedule.SWEEP_ALL)
async def sweep_all(tx: Transaction, at_subject: str, version: int, limit: int) -> Sequence[Row]:
    ahead = sorted(row["subject"] for row in tx.rows("dossier") if row["subject"] > at_subject)[:limit]
    rows = [tx.get("dossier", subject) or {} for subject in ahead]
    return [{"area": "", "subject": row["subject"], "older": row["reference"] < version} for row in rows]


@statement(schedule.BACKLOG)
async def backlog(tx: Transaction, limit: int) -> Sequence[Row]:
    return [{"count": min(len(tx.rows("outbox")), limit)}]


@statement(schedule.SAVE)
async def save(tx: Transaction, storm: int, *values: Any) -> None:
    names = ("state", "fence", "at_area", "at_subject", "swept", "queued", "ended_at")
    if await tx.lock("storm", storm) is not None:
        tx.put("storm", storm, **dict(zip(names, values, strict=True)))


@statement(entry.LOCK)
async def lock_entries(tx: Transaction, keys: Sequence[str]) -> None:
    for bucket in sorted({zlib.crc32(key.encode()) & 1023 for key in keys}):
        await tx.advise(("intake", bucket))


@statement(entry.LOCK_REFERENCE)
async def lock_reference(tx: Transaction) -> Sequence[Row]:
    row = await tx.lock("reference", 0)
    return [{"version": (row or reference(tx))["version"]}]


@statement(entry.RAISE_REFERENCE)
async def raise_reference(tx: Transaction) -> Sequence[Row]:
    await tx.lock("reference", 0)
    row = reference(tx)
    return [{"version": tx.put("reference", 0, **{**row, "version": row["version"] + 1})["version"]}]


@statement(acts.ACTS)
async def policy_acts(tx: Transaction) -> Sequence[Row]:
    return [{name: row[name] for name in ACT} for row in sorted(tx.rows("policy_act"), key=lambda row: int(row["id"]))]


@statement(policy.ADD_POLICY)
async def add_policy(tx: Transaction, *values: Any) -> None:
    tx.append("policy_act", **dict(zip(ACT, values, strict=True)))


@statement(policy.REPLACE_POLICIES)
async def replace_policies(tx: Transaction, digest: str) -> Sequence[Row]:
    await tx.lock("reference", 0)
    row = reference(tx)
    if row["policies"] == digest:
        return []
    tx.put("reference", 0, **{**row, "policies": digest})
    return [{"true": True}]


@statement(entry.START_STORM)
async def start_storm(tx: Transaction, area: str | None, cause: str, version: int, now: datetime) -> None:
    tx.append(
        "storm",
        area=area,
        cause=cause,
        reference=version,
        state="new",
        fence=None,
        at_area="",
        at_subject="",
        swept=0,
        queued=0,
        started_at=now,
        ended_at=None,
    )


def highest(tx: Transaction, table: str) -> list[Row]:
    """Of each entry, its highest revision."""
    found = {row["entry"]: row for row in sorted(tx.rows(table), key=lambda row: (row["entry"], row["revision"]))}
    return list(found.values())


async def _add(names: Sequence[str], table: str, tx: Transaction, *columns: Sequence[Any]) -> None:
    numbered = {"reference": reference(tx)["version"] + 1} if table == entry.AREAS.name else {}
    for values in zip(*columns, strict=True):
        row = {**dict(zip(names, values, strict=True)), **numbered}
        await tx.insert(table, (row["entry"], row["revision"]), **row)


async def _revisions(table: str, tx: Transaction, entries: Sequence[str]) -> Sequence[Row]:
    return sorted((row for row in tx.rows(table) if row["entry"] in entries), key=lambda r: (r["entry"], r["revision"]))


async def _standing(table: str, owner: str, tx: Transaction, owners: Sequence[str]) -> Sequence[Row]:
    mine = [row for row in tx.rows(table) if row[owner] in owners]
    highest = {row["entry"]: row for row in sorted(mine, key=lambda row: (row["entry"], row["revision"]))}
    return list(highest.values())


for _table in (entry.LISTINGS, entry.TESTS, entry.AREAS):
    _names = [name.strip() for name in _table.columns.split(",")]
    statement(_table.add)(partial(_add, _names, _table.name))
    statement(_table.sql(entry.REVISIONS))(partial(_revisions, _table.name))
    statement(_table.sql(entry.STANDING))(partial(_standing, _table.name, _table.owner))
