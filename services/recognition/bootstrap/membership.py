"""The national catalogue as it stands, and what follows from it while all runs."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import structlog
from fastapi import APIRouter

from chassis.clock import Clock
from chassis.loop import Step
from chassis.postgres.pool import Connection
from chassis.postgres.transactions import Transactions
from chassis.pulse import Beating
from chassis.relay import Relay
from chassis.run import Component, Runtime
from chassis.settings import SettingsError
from chassis.watched import Watched
from healthcode.catalogue import CatalogueReader
from services.recognition.api.members import MemberDeps, member_router
from services.recognition.bootstrap.given import read_signing
from services.recognition.config import Settings
from services.recognition.domain.catalogue import (
    UNKNOWN_REGION,
    Catalogue,
    CatalogueError,
    LiveCatalogue,
    catalogue_from,
)
from services.recognition.domain.guest import Guest, Host, cover
from services.recognition.domain.home import Origin
from services.recognition.domain.message import Signer
from services.recognition.domain.trust import trust_of
from services.recognition.handlers.membership import Away, Owed, cover_guests, retell_watches, shown
from services.recognition.ports import HomeStore
from services.recognition.ports.membership import CoveredGuests
from services.recognition.store.member_change import PostgresMemberChanges
from services.recognition.store.silence import PostgresSilences
from services.recognition.stream.joined import OnceMember, waits

BATCH: Final = 200

log = structlog.get_logger()


class _Known(NamedTuple):
    """The document, and the members in it."""

    document: dict[str, Any]
    catalogue: Catalogue


def watched_catalogue(settings: Settings) -> tuple[Callable[[], dict[str, Any]], LiveCatalogue]:
    """The document and the members as they stand, at most a second old. Raises SettingsError."""
    path = settings.catalogue
    try:
        reader = CatalogueReader(settings.anchor)

        def read(data: bytes) -> _Known:
            document = reader(data)
            known = _Known(document, catalogue_from(document))
            trust_of(document, datetime.now(UTC))
            return known

        watched = Watched(path, read)
    except OSError:
        raise SettingsError(f"HC_CATALOGUE: {path} cannot be read; `python -m deploy.keys` writes one") from None
    except (CatalogueError, ValueError) as error:
        raise SettingsError(f"HC_CATALOGUE: {path}: {error}") from None
    if settings.anchor is None:
        log.warning("catalogue_not_checked", reason="no trust-anchor.pem beside it, and no HC_CATALOGUE_ANCHOR")
    return lambda: watched().document, LiveCatalogue(lambda: watched().catalogue)


def own_signer(settings: Settings, catalogue: dict[str, Any]) -> Signer:
    """The region's own signature. Raises SettingsError for a key other than the one that the catalogue has of it.

    A region that is no member yet starts, and tells nobody anything until it is.
    """
    key = read_signing(settings)
    own = {entry["signing"]["kid"] for entry in catalogue["regions"] if entry["code"] == settings.region}
    if not own:
        log.warning("not_a_member", reason="docs/new-region.md says how a region joins")
    elif key.kid not in own:
        raise SettingsError(
            "HC_CATALOGUE: the catalogue does not hold this region's signing.jwk; put its public half in"
        )
    return Signer(key)


def standing_of(catalogue: Catalogue, own: str, now: datetime) -> Away:
    """Every region, and why it does not count now; one's own, too, where it is no member yet."""
    return {own: UNKNOWN_REGION, **catalogue.standing(now)}


def as_it_counts(catalogue: Catalogue, host: Host, clock: Clock) -> Callable[[Guest], Guest]:
    """How a guest is shown at this moment, before the timer has come by."""

    def seen(guest: Guest) -> Guest:
        now = clock.now()
        change = cover(host, guest, shown(standing_of(catalogue, host.region, now), host, guest.origin), now)
        return guest if change is None else change.guest

    return seen


def retelling(
    runtime: Runtime, store: Callable[[Connection], HomeStore], origin: Origin, away: Callable[[], Away]
) -> Step:
    """A step that tells anew, in small pages, what was owed to a region that counts again."""
    owed = Transactions(runtime.pool, lambda connection: Owed(store(connection), PostgresSilences(connection)))

    async def step() -> bool:
        async with owed.begin() as books:
            return await retell_watches(books, origin, away(), runtime.clock.now(), BATCH)

    return step


def covering(
    begin: Callable[[], AbstractAsyncContextManager[CoveredGuests]], host: Host, away: Callable[[], Away], clock: Clock
) -> Step:
    """A step that shows guests as their homes count; it looks through them when that has changed, and at the start."""
    settled: Away | None = None

    async def step() -> bool:
        nonlocal settled
        now = away()
        if now == settled:
            return False
        async with begin() as guests:
            more = await cover_guests(guests, host, now, clock.now(), BATCH)
        settled = settled if more else now
        return more

    return step


def before_joining(
    workers: list[Component], relay: Relay, catalogue: Catalogue, own: str, clock: Clock
) -> tuple[list[Component], Component]:
    """Workers and the relay to the nation, of which some wait where the region is no member yet."""

    def is_member() -> bool:
        return catalogue.member(own, clock.now()) is not None

    if is_member():
        return workers, relay
    waiting = [OnceMember(part, is_member) if isinstance(part, Beating) and waits(part) else part for part in workers]
    return waiting, OnceMember(relay, is_member)


def members_of(runtime: Runtime, catalogue: Catalogue, document: Callable[[], dict[str, Any]]) -> APIRouter:
    """What officers of the nation decide about regions."""
    return member_router(MemberDeps(runtime.clock, PostgresMemberChanges(runtime.pool), catalogue, document))
