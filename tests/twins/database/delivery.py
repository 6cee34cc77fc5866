"""The statements of the delivery path: offsets, parked records, the outbox, the relay's lanes."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from chassis import backlog as its_backlog
from chassis import outbox
from chassis.relay import window
from chassis.stream import dead_letters, offsets, stops
from tests.twins.database.engine import Row, Transaction
from tests.twins.database.statements import copied, statement


def _tps(topics: Sequence[str], partitions: Sequence[int]) -> list[tuple[str, int]]:
    return sorted(set(zip(topics, partitions, strict=True)))


@statement(offsets.CLAIM)
async def claim(tx: Transaction, consumer: str, topics: Sequence[str], partitions: Sequence[int]) -> Sequence[Row]:
    claimed = []
    for topic, partition in _tps(topics, partitions):
        key = (consumer, topic, partition)
        row = await tx.lock("stream_offset", key)
        if row is None:
            names = {"consumer": consumer, "topic": topic, "partition": partition}
            row = tx.put("stream_offset", key, **names, next_offset=None, epoch=1, strikes=0, stopped_for=None)
        else:
            row = tx.put("stream_offset", key, epoch=row["epoch"] + 1)
        claimed.append({name: row[name] for name in ("topic", "partition", "next_offset", "epoch")})
    return claimed


@statement(offsets.LOCK)
async def lock(tx: Transaction, consumer: str, topics: Sequence[str], partitions: Sequence[int]) -> Sequence[Row]:
    return await tx.lock_seen("stream_offset", [(consumer, *tp) for tp in _tps(topics, partitions)])


@statement(offsets.STORE)
async def store(
    tx: Transaction,
    consumer: str,
    topics: Sequence[str],
    partitions: Sequence[int],
    nexts: Sequence[int],
    strikes: Sequence[int],
) -> None:
    for topic, partition, next_offset, strike in zip(topics, partitions, nexts, strikes, strict=True):
        key = (consumer, topic, partition)
        if await tx.lock("stream_offset", key) is not None:
            tx.put("stream_offset", key, next_offset=next_offset, strikes=strike, stopped_for=None)


@statement(stops.MARK)
async def mark(tx: Transaction, consumer: str, topics: Sequence[str], partitions: Sequence[int], why: str) -> None:
    for tp in _tps(topics, partitions):
        if await tx.lock("stream_offset", (consumer, *tp)) is not None:
            tx.put("stream_offset", (consumer, *tp), stopped_for=why)


@statement(stops.MARKED)
async def marked(tx: Transaction, consumer: str) -> Sequence[Row]:
    rows = tx.rows("stream_offset")
    return [row for row in rows if row["consumer"] == consumer and row["stopped_for"] is not None]


@statement(dead_letters.PARKED_KEYS)
async def parked_keys(tx: Transaction, consumer: str, keys: Sequence[bytes]) -> Sequence[Row]:
    rows = tx.rows("parked_record")
    found = dict.fromkeys(row["key"] for row in rows if row["consumer"] == consumer and row["key"] in keys)
    return [{"key": key} for key in found]


@statement(dead_letters.COUNT_PARKED)
async def count_parked(tx: Transaction, consumer: str) -> Sequence[Row]:
    return [{"count": len({row["key"] for row in tx.rows("parked_record") if row["consumer"] == consumer})}]


@statement(dead_letters.PARK)
async def park(tx: Transaction, consumer: str, *columns: Sequence[Any]) -> None:
    names = ("key", "topic", "partition", "record_offset", "headers", "value", "reason")
    for values in zip(*columns, strict=True):
        tx.append("parked_record", consumer=consumer, **dict(zip(names, values, strict=True)), parked_at=tx.now())


@copied("outbox")
async def append(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        tx.append("outbox", xid=tx.xid, created_at=tx.now(), **row)


@statement(outbox.WAKE)
async def wake(tx: Transaction, channel: str) -> Sequence[Row]:
    tx.channels[channel] = None
    return [{"pg_notify": ""}]


def incarnation(tx: Transaction) -> int:
    """The one row of its table."""
    found = tx.get("incarnation", 0)
    return found["incarnation"] if found else 1


def lane_row(**values: Any) -> Mapping[str, Any]:
    """A new row of relay_lane."""
    return {"epoch": 0, "window_no": 0, "horizon": 0, "pending_to": None, "seen_at": None, **values}


@statement(window.TAKE_OVER)
async def take_over(tx: Transaction, lane: int, lease: float) -> Sequence[Row]:
    row = await tx.lock("relay_lane", lane)
    now = tx.now()
    if row is None:
        row = tx.put("relay_lane", lane, **lane_row(lane=lane, epoch=1, seen_at=now))
    elif row["seen_at"] is None or row["seen_at"] < now - timedelta(seconds=lease):
        row = tx.put("relay_lane", lane, epoch=row["epoch"] + 1, seen_at=now)
    else:
        return []
    shown = {name: row[name] for name in ("epoch", "window_no", "horizon", "pending_to")}
    return [{**shown, "incarnation": incarnation(tx)}]


@statement(window.OLDEST_RUNNING)
async def oldest_running(tx: Transaction) -> Sequence[Row]:
    return [{"xmin": tx.database.horizon()}]


def _waiting(tx: Transaction, lane: int, start: int, end: int | None = None) -> list[Row]:
    rows = tx.rows("outbox")
    return [row for row in rows if row["lane"] == lane and row["xid"] >= start and (end is None or row["xid"] < end)]


@statement(window.CAP)
async def cap(tx: Transaction, lane: int, start: int, end: int, wanted: int) -> Sequence[Row]:
    xids = sorted(row["xid"] for row in _waiting(tx, lane, start, end))
    if len(xids) <= wanted:
        return []
    first, last = xids[0], xids[wanted]
    return [{"case": last if last > first else last + 1}]


@statement(window.LOWER)
async def lower(tx: Transaction, lane: int, start: int, end: int) -> Sequence[Row]:
    mine = _waiting(tx, lane, start, end)
    beyond: dict[bytes, int] = {}
    for row in _waiting(tx, lane, end):
        beyond[row["key"]] = min(row["id"], beyond.get(row["key"], row["id"]))
    return [{"min": min((r["xid"] for r in mine if beyond.get(r["key"], r["id"]) < r["id"]), default=None)}]


@statement(window.ROWS)
async def rows(tx: Transaction, lane: int, start: int, end: int) -> Sequence[Row]:
    return _shown(_waiting(tx, lane, start, end))


def _shown(found: Sequence[Row]) -> list[Row]:
    names = ("topic", "key", "headers", "value", "created_at")
    return [{name: row[name] for name in names} for row in sorted(found, key=lambda row: row["id"])]


@statement(window.WAITING)
async def waiting(tx: Transaction, lane: int, start: int) -> Sequence[Row]:
    return [{"exists": bool(_waiting(tx, lane, start))}]


async def _own(tx: Transaction, lane: int, epoch: int, **values: Any) -> Row | None:
    """UPDATE … WHERE lane = … AND epoch = …, which is looked at again once the row's lock is held."""
    seen = tx.get("relay_lane", lane)
    if seen is None or seen["epoch"] != epoch:
        return None
    row = await tx.lock("relay_lane", lane)
    return tx.put("relay_lane", lane, **values) if row is not None and row["epoch"] == epoch else None


@statement(window.STORE)
async def store_window(tx: Transaction, lane: int, epoch: int, end: int) -> Sequence[Row]:
    row = await _own(tx, lane, epoch, pending_to=end, seen_at=tx.now())
    if row is None:
        return []
    row = tx.put("relay_lane", lane, window_no=row["window_no"] + 1)
    return [{"window_no": row["window_no"]}]


@statement(window.FORGET)
async def forget(tx: Transaction, lane: int, start: int, end: int) -> int:
    found = _waiting(tx, lane, start, end)
    for row in found:
        tx.delete("outbox", row["id"])
    return len(found)


@statement(window.ADVANCE)
async def advance(tx: Transaction, lane: int, epoch: int, end: int) -> Sequence[Row]:
    row = await _own(tx, lane, epoch, horizon=end, pending_to=None, seen_at=tx.now())
    return [] if row is None else [{"horizon": row["horizon"]}]


@statement(window.ALIVE)
async def alive(tx: Transaction, lane: int, epoch: int) -> Sequence[Row]:
    row = await _own(tx, lane, epoch, seen_at=tx.now())
    return [] if row is None else [{"lane": lane}]


@statement(window.BACKLOG)
async def backlog(tx: Transaction, lane: int) -> Sequence[Row]:
    found = _waiting(tx, lane, 0)
    oldest: datetime = min((row["created_at"] for row in found), default=tx.now())
    return [{"rows": len(found), "oldest": (tx.now() - oldest).total_seconds(), "horizon": 0.0}]


@statement(its_backlog.BACKLOG)
async def whole_backlog(tx: Transaction, most: int) -> Sequence[Row]:
    found = tx.rows("outbox")
    oldest: datetime = min((row["created_at"] for row in found), default=tx.now())
    return [{"rows": min(len(found), most), "oldest": (tx.now() - oldest).total_seconds()}]


@statement(window.LET_GO)
async def let_go(tx: Transaction, lane: int, epoch: int) -> None:
    await _own(tx, lane, epoch, seen_at=None)
