"""What the three kinds of entries have in common at the HTTP edge: one entry, many, withdrawn, read."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar
from uuid import NAMESPACE_URL, uuid5

from pydantic import BaseModel
from starlette.responses import Response

from chassis.clock import Clock
from chassis.http.auth import Principal
from chassis.http.idempotency import IdempotencyKey, Stored, claim, complete
from chassis.http.problems import Problem
from chassis.http.standard import NOT_FOUND
from chassis.postgres.pool import Connection
from healthcode.identity import InvalidIdNumber
from services.audit.api.models import EntryIn, EntryOut, PersonIn
from services.audit.api.problems import NO_AUTHORITY, bad_pack, refusal
from services.audit.handlers.entry import own_entry, sole
from services.audit.ports.entry import EntryStore, Fault, Pseudonymise, R, Refused, UnknownEntry
from services.audit.ports.policy import PackFault

PAGE: Final = 100
EXPORTED: Final = 1000

B = TypeVar("B", bound=EntryIn)
S = TypeVar("S", bound=EntryStore[Any])


@dataclass(frozen=True)
class Desk:
    """What every route of the intake works with. `begin` opens a transaction."""

    clock: Clock
    ids: Callable[[], str]
    pseudonymise: Pseudonymise
    begin: Callable[[], AbstractAsyncContextManager[Connection]]

    def subject(self, person: PersonIn) -> str:
        """The subject of a person. Raises Refused that names what is wrong with the number."""
        try:
            return self.pseudonymise(person.id_type, person.id_number)
        except InvalidIdNumber as error:
            raise Refused([Fault(f"id_{error.reason}", "person/id_number")]) from None


@dataclass(frozen=True)
class Stamp:
    """Who enters what, for which authority, and when."""

    entry: str
    source: str
    by: str
    now: datetime
    revision: int = 1

    @property
    def fields(self) -> dict[str, Any]:
        """As the fields of a record."""
        return {
            "entry": self.entry,
            "revision": self.revision,
            "source": self.source,
            "recorded_by": self.by,
            "recorded_at": self.now,
        }


@dataclass(frozen=True)
class Kind(Generic[B, R, S]):
    """One kind of entry: its models, and the use cases behind it."""

    body: type[B]
    out: type[EntryOut]
    page: type[BaseModel]
    draft: Callable[[B, Stamp, Desk], R]
    store: Callable[[Connection], S]
    record: Callable[[S, Sequence[R], datetime], Awaitable[list[R | Refused]]]
    withdraw: Callable[[S, str, str, datetime, str], Awaitable[R]]


def authority_of(caller: Principal) -> str:
    """The authority that a caller enters for."""
    if not caller.authority:
        raise Problem(NO_AUTHORITY)
    return caller.authority


def drafted(kind: Kind[B, R, S], body: B, stamp: Stamp, desk: Desk) -> R:
    """The record that a body describes. Raises Refused: another authority, or a number that cannot be right."""
    if body.source is not None and body.source != stamp.source:
        raise Refused([Fault("other_authority", "source")])
    return kind.draft(body, stamp, desk)


async def create(
    kind: Kind[B, R, S], desk: Desk, body: B, caller: Principal, key: IdempotencyKey | None, *, status: int = 201
) -> Response:
    """Enter one entry."""
    stamp = Stamp(desk.ids(), authority_of(caller), caller.sub, desk.clock.now())

    async def work(connection: Connection) -> EntryOut:
        made = await kind.record(kind.store(connection), [drafted(kind, body, stamp, desk)], stamp.now)
        return kind.out.model_validate(sole(made))

    return await once(desk, caller, key, status, work)


async def change(
    kind: Kind[B, R, S], desk: Desk, entry: str, body: B, caller: Principal, key: IdempotencyKey | None
) -> Response:
    """Enter the next revision of an authority's own entry."""
    source, now = authority_of(caller), desk.clock.now()

    async def work(connection: Connection) -> EntryOut:
        store = kind.store(connection)
        present = await own_entry(store, entry, source)
        stamp = Stamp(entry, source, caller.sub, now, present.revision + 1)
        return kind.out.model_validate(sole(await kind.record(store, [drafted(kind, body, stamp, desk)], now)))

    return await once(desk, caller, key, 200, work)


async def withdraw(
    kind: Kind[B, R, S], desk: Desk, entry: str, caller: Principal, key: IdempotencyKey | None
) -> Response:
    """Withdraw an authority's own entry."""
    source, now = authority_of(caller), desk.clock.now()

    async def work(connection: Connection) -> EntryOut:
        return kind.out.model_validate(await kind.withdraw(kind.store(connection), entry, source, now, caller.sub))

    return await once(desk, caller, key, 200, work)


async def show(kind: Kind[B, R, S], desk: Desk, entry: str, caller: Principal) -> EntryOut:
    """An authority's own entry as it stands."""
    async with desk.begin() as connection:
        try:
            record = await own_entry(kind.store(connection), entry, authority_of(caller))
        except UnknownEntry:
            raise Problem(NOT_FOUND) from None
    return kind.out.model_validate(record)


async def page(kind: Kind[B, R, S], desk: Desk, source: str, cursor: str | None, limit: int) -> BaseModel:
    """A page of an authority's entries, and the cursor of the next one; entries made here come newest first."""
    async with desk.begin() as connection:
        records = await kind.store(connection).page(source, cursor, limit + 1)
    more = records[limit - 1].entry if len(records) > limit else None
    entries = [kind.out.model_validate(record) for record in records[:limit]]
    return kind.page.model_validate({"entries": entries, "next": more})


async def export(kind: Kind[B, R, S], desk: Desk, source: str) -> AsyncIterator[bytes]:
    """All entries of an authority as they stand, one in JSON on each line; a thousand at a time in memory."""
    cursor: str | None = None
    while True:
        async with desk.begin() as connection:
            records = await kind.store(connection).page(source, cursor, EXPORTED)
        yield b"".join(kind.out.model_validate(record).model_dump_json().encode() + b"\n" for record in records)
        if len(records) < EXPORTED:
            return
        cursor = records[-1].entry


def entry_of_line(desk: Desk, caller: Principal, key: IdempotencyKey | None, line: int) -> str:
    """The id of a line's entry; with an Idempotency-Key it is the same each time, so sending again adds nothing."""
    if key is None:
        return desk.ids()
    return uuid5(NAMESPACE_URL, f"urn:healthcode:bulk:{caller.client}:{key.key}:{line}").hex


async def once(
    desk: Desk,
    caller: Principal,
    key: IdempotencyKey | None,
    status: int,
    work: Callable[[Connection], Awaitable[BaseModel]],
) -> Response:
    """Do a write in one transaction, once for an Idempotency-Key; a refused one leaves nothing behind."""
    try:
        async with desk.begin() as connection:
            stored = await claim(connection, caller.client, key, desk.clock.now()) if key else None
            if stored is not None:
                return stored.response()
            answer = Stored(status, (await work(connection)).model_dump_json().encode())
            if key:
                await complete(connection, caller.client, key, answer)
    except UnknownEntry:
        raise Problem(NOT_FOUND) from None
    except Refused as refused:
        raise refusal(refused.faults) from None
    except PackFault as fault:
        raise bad_pack(fault.problems) from None
    return answer.response(replayed=False)
