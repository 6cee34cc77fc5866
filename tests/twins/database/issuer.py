"""The issuer's statements."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.issuer.store import credentials, ledger, tally
from tests.twins.database.delivery import incarnation
from tests.twins.database.engine import Row, Transaction
from tests.twins.database.statements import copied, statement

COLUMNS = ("subject", "finding_incarnation", "finding_sequence", "expires_at", "event")


@statement(ledger.INCARNATION)
async def its_incarnation(tx: Transaction) -> Sequence[Row]:
    return [{"incarnation": incarnation(tx)}]


@copied("code")
async def new_codes(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        await tx.insert("code", row["subject"], **row)


def _shown(tx: Transaction, rows: Sequence[Row]) -> list[Row]:
    return [{**{name: row[name] for name in COLUMNS}, "incarnation": incarnation(tx)} for row in rows]


@statement(ledger.LOCK)
async def lock(tx: Transaction, subjects: Sequence[str]) -> Sequence[Row]:
    return _shown(tx, await tx.lock_seen("code", sorted(set(subjects))))


@statement(ledger.LOCK_DUE)
async def lock_due(tx: Transaction, now: datetime, limit: int) -> Sequence[Row]:
    due = [row for row in tx.rows("code") if row["expires_at"] is not None and row["expires_at"] <= now]
    due.sort(key=lambda row: (row["expires_at"], row["subject"]))
    return _shown(tx, [row for row in due if tx.try_lock("code", row["subject"])][:limit])


@statement(ledger.UPDATE)
async def update(tx: Transaction, subjects: Sequence[str], *columns: Sequence[Any]) -> None:
    names = ("finding_incarnation", "finding_sequence", "expires_at", "event")
    for subject, *values in zip(subjects, *columns, strict=True):
        row = await tx.lock("code", subject)
        if row is not None:
            changed = dict(zip(names, values, strict=True))
            tx.put("code", subject, **{**changed, "event": changed["event"] or row["event"]})


@copied("code_history")
async def history(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        await tx.insert("code_history", (row["subject"], row["incarnation"], row["version"]), **row)


@copied("tally")
async def count_codes(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        tx.append("tally", **row)


@statement(tally.SUM_UP)
async def sum_up(tx: Transaction) -> Sequence[Row]:
    """A row that another transaction sums up at the same time is waited for, and is gone then."""
    codes: Counter[str] = Counter()
    for row in await tx.lock_seen("tally", [row["id"] for row in tx.rows("tally")]):
        codes[row["color"]] += row["codes"]
        tx.delete("tally", row["id"])
    for color, count in codes.items():
        tx.append("tally", color=color, codes=count)
    return [{"color": color, "codes": count} for color, count in codes.items()]


@statement(ledger.REVOKE)
async def revoke(tx: Transaction, subjects: Sequence[str], now: datetime) -> None:
    for row in tx.rows("credential"):
        if row["subject"] in subjects and row["revoked_at"] is None and row["expires_at"] > now:
            await tx.lock("credential", row["cti"])
            tx.put("credential", row["cti"], revoked_at=now)


@statement(credentials.PURGE)
async def purge(tx: Transaction, before: datetime, limit: int) -> int:
    old = [row for row in tx.rows("credential") if row["expires_at"] <= before][:limit]
    for row in old:
        tx.delete("credential", row["cti"])
    return len(old)
