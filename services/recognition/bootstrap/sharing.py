"""Wires way 1: what a region shares by its records.yaml, and what it opens of others."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from cryptography.hazmat.primitives.asymmetric import ec

from chassis import metrics
from chassis.clock import Clock
from chassis.documents import DocumentError, read_document
from chassis.keys import read_hex_key
from chassis.postgres.pool import Connection
from chassis.run import Runtime
from chassis.settings import ChassisSettings
from healthcode.pseudonym import guest_subject
from healthcode.region import Region
from services.recognition.api.sharing import shared_router
from services.recognition.bootstrap.given import read_encryption
from services.recognition.bootstrap.wiring import Parts, WayOne, new_handle, new_id
from services.recognition.domain.catalogue import Catalogue
from services.recognition.domain.kinds import Kind, RecordsError, Shares, Where, kinds_from, shares_from
from services.recognition.domain.message import Signer
from services.recognition.domain.received import Receiver
from services.recognition.domain.sealing import NotForUs, open_sealed, seal
from services.recognition.domain.sharing import PATIENCE, Seal, Sharing
from services.recognition.handlers.sharing import forget_facts, send_again
from services.recognition.ports import Pseudonymise
from services.recognition.store.home import PostgresHomes
from services.recognition.store.received import PostgresReceivedBook
from services.recognition.store.sharing import PostgresShareBook, PostgresSharedViews
from services.recognition.stream.national import receipt_part
from services.recognition.stream.sharing import Abroad, AtHome, facts_spec

RECORDS: Final = "records.yaml"
CHUNK: Final = 500

MISSING: Final = metrics.gauge(
    "hc_recognition_receipts_missing", "Facts that were shared ten minutes ago or longer and have no receipt"
)

T = TypeVar("T")


def way_one(runtime: Runtime, region: Region, catalogue: Catalogue, signer: Signer) -> WayOne:
    """Who issues codes may share, and who has an audit may be shared with. Raises DocumentError."""
    settings = runtime.settings
    kinds = read_kinds(settings.regions, catalogue.nation)
    shares = read_shares(settings.regions, region.code, catalogue.nation, kinds)
    sharing = shares.rules and "issuer" in region.services
    return WayOne(
        at_home(region.code, shares, catalogue, signer, runtime.clock) if sharing else None,
        abroad(region.code, kinds, settings, signer) if "audit" in region.services else None,
    )


def read_kinds(regions: Path, nation: str | None) -> dict[str, Kind]:
    """The national catalogue of record kinds; none where the nation publishes none. Raises DocumentError."""
    path = regions / (nation or "") / RECORDS
    if nation is None or not path.exists():
        return {}
    return _read(path, lambda document, where: kinds_from(_part(document, "kinds"), where))


def read_shares(regions: Path, region: str, nation: str | None, kinds: dict[str, Kind]) -> Shares:
    """What a region shares: nothing without a records.yaml; the nation's, beside the kinds, may say so for its people.

    Raises DocumentError, which names the file, the line and what to write.
    """
    path = regions / region / RECORDS
    if not path.exists():
        return Shares(kinds)

    def read(document: Any, where: Where) -> Shares:
        if isinstance(document, dict) and "kinds" in document:
            if region != nation:
                raise RecordsError([f"{where(['kinds'])}: kinds are the nation's to say; leave them out"])
            document = _part({"shares": [], **document}, "shares")
        return shares_from(document, kinds, region, where)

    return _read(path, read)


def sealing_to(catalogue: Catalogue) -> Seal:
    """Seals for regions of the catalogue that judge by themselves."""

    def sealed(destination: str, info: list[bytes], plaintext: bytes, now: datetime) -> bytes | None:
        member, key = catalogue.member(destination, now), catalogue.encryption(destination, now)
        return None if member is None or member.adopts is not None or key is None else seal(key, info, plaintext)

    return sealed


def opening_with(keys: Sequence[ec.EllipticCurvePrivateKey]) -> Callable[[list[bytes], bytes], bytes]:
    """Opens what is sealed to any of these keys: while one takes over from another, both are in use."""

    def opened(info: list[bytes], sealed: bytes) -> bytes:
        for key in keys:
            try:
                return open_sealed(key, info, sealed)
            except NotForUs:
                continue
        raise NotForUs

    return opened


def at_home(region: str, shares: Shares, catalogue: Catalogue, signer: Signer, clock: Clock) -> AtHome:
    """The origin's side."""
    sharing = Sharing(region, shares, sealing_to(catalogue), new_id, new_handle)

    def homes(connection: Connection) -> PostgresHomes:
        return PostgresHomes(connection, region, signer)

    return AtHome(sharing, homes, PostgresShareBook, clock)


def add_sharing(runtime: Runtime, sharing: AtHome, parts: Parts, pseudonymise: Pseudonymise) -> None:
    """The worker on the region's own facts, and what time asks for."""

    async def step() -> bool:
        """Send again what no receipt came for, forget what is over, and count what is missing."""
        now = runtime.clock.now()
        async with runtime.pool.acquire() as connection, connection.transaction():
            book = sharing.book(connection)
            more = await send_again(sharing.homes(connection), book, sharing.sharing, now, CHUNK)
            return await forget_facts(book, sharing.sharing, now, CHUNK) or more

    async def count() -> bool:
        MISSING.set(await PostgresSharedViews(runtime.pool).missing(runtime.clock.now() - PATIENCE))
        return False

    parts.workers.append(runtime.worker(facts_spec(runtime.region, sharing)))
    parts.told.append(receipt_part(sharing))
    parts.steps += [step, count]
    parts.routers.append(shared_router(PostgresSharedViews(runtime.pool), runtime.clock, pseudonymise))


def abroad(region: str, kinds: dict[str, Kind], settings: ChassisSettings, signer: Signer) -> Abroad:
    """The destination's side."""
    key, encryption = read_hex_key(settings.secrets, "pseudonym.key"), read_encryption(settings)
    receiver = Receiver(region, kinds, opening_with([encryption]), lambda handle: guest_subject(key, handle), new_id)

    def book(connection: Connection) -> PostgresReceivedBook:
        return PostgresReceivedBook(connection, region, signer)

    return Abroad(receiver, book)


def _read(path: Path, read: Callable[[Any, Where], T]) -> T:
    document = read_document(path)
    try:
        return read(document.content, lambda place: f"{path}:{document.line(place)}")
    except RecordsError as error:
        raise DocumentError("\n".join(error.faults)) from None


def _part(document: Any, name: str) -> Any:
    """The nation's file has two parts, and each is read alone; a misspelt one stays, to be refused."""
    other = {"kinds": "shares", "shares": "kinds"}[name]
    return {key: value for key, value in document.items() if key != other} if isinstance(document, dict) else document
