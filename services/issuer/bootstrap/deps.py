"""What the routes need."""

import base64
import math
import secrets
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from chassis.http.rates import Rate
from chassis.keys import read_hex_key
from chassis.run import Runtime
from healthcode.credential import CheckPolicy, TrustList
from healthcode.pseudonym import subject_behind, subject_of
from healthcode.region import Region
from healthcode.values import IdType
from services.issuer.api import Deps
from services.issuer.api.clients import ClientDoor
from services.issuer.api.entries import Entries
from services.issuer.api.texts import Texts
from services.issuer.bootstrap.folder import read_foreign
from services.issuer.bootstrap.keys import key_ring
from services.issuer.config import Settings
from services.issuer.domain import StatusPlace, Turns, place_at
from services.issuer.handlers.abroad import VerifiedLists
from services.issuer.handlers.client import Allowances
from services.issuer.handlers.credential import Abroad, Signer
from services.issuer.store.abroad import PostgresListsAbroad
from services.issuer.store.clients import PostgresGrants
from services.issuer.store.credentials import PostgresCredentials
from services.issuer.store.family import PostgresFamily
from services.issuer.store.history import PostgresHistory
from services.issuer.store.key_changes import PostgresKeyChanges
from services.issuer.store.ledger import PostgresLedgers
from services.issuer.store.lookups import PostgresLookupLog
from services.issuer.store.places import PostgresPasses, PostgresPlaceBook
from services.issuer.store.reissue import PostgresReissues
from services.issuer.store.scans import PostgresScans
from services.issuer.store.views import PostgresViews

CTI_BYTES: Final = 16
PLACE_BYTES: Final = 8


def deps_of(runtime: Runtime, settings: Settings, region: Region) -> Deps:
    """What the routes need."""
    zone = ZoneInfo(region.timezone)
    pseudonym_key = read_hex_key(settings.secrets, "pseudonym.key")
    keys = key_ring(runtime, settings)

    def pseudonymise(id_type: IdType, number: str) -> str:
        return subject_of(pseudonym_key, id_type, number)

    def places(now: datetime) -> StatusPlace:
        return place_at(now, settings.issuer_status_lists, secrets.randbelow)

    def new_cti() -> bytes:
        return secrets.token_bytes(CTI_BYTES)

    return Deps(
        clock=runtime.clock,
        clients=_door(runtime, settings, zone, pseudonym_key),
        ids=new_id,
        new_cti=new_cti,
        views=PostgresViews(runtime.pool),
        history=PostgresHistory(runtime.pool),
        ledgers=PostgresLedgers(runtime.pool, region.code),
        credentials=PostgresCredentials(runtime.pool),
        lookups=PostgresLookupLog(runtime.pool),
        pseudonymise=pseudonymise,
        places=places,
        lists=settings.issuer_status_lists,
        family=PostgresFamily(runtime.pool),
        signer=Signer(
            settings.region,
            keys.credentials,
            timedelta(hours=settings.issuer_credential_hours),
            timedelta(days=settings.issuer_paper_days),
        ),
        keys=keys,
        turns=Turns(settings.issuer_fresh_per_second, time.monotonic),
        key_changes=PostgresKeyChanges(runtime.pool),
        reissues=PostgresReissues(runtime.pool),
        entries=_entries(runtime, settings, region, keys.believed),
        texts=Texts.read(settings.regions / settings.region),
        zone=zone,
    )


def _door(runtime: Runtime, settings: Settings, zone: ZoneInfo, pseudonym_key: bytes) -> ClientDoor:
    grants = PostgresGrants(runtime.pool)
    allowances = Allowances(grants, zone)
    per_minute = settings.issuer_person_per_minute
    person = Rate(per_minute / 60, max(1, math.ceil(per_minute)))
    return ClientDoor(grants, allowances, runtime.clock, partial(subject_behind, pseudonym_key), person)


def _entries(runtime: Runtime, settings: Settings, region: Region, trust: Callable[[], TrustList]) -> Entries:
    return Entries(
        places=PostgresPlaceBook(runtime.pool),
        passes=PostgresPasses(runtime.pool),
        trust=trust,
        region=settings.region,
        new_place=_new_place,
        new_number=_new_number,
        kept_days=settings.issuer_pass_days,
        abroad=Abroad(settings.region, VerifiedLists(PostgresListsAbroad(runtime.pool), trust).standing),
        scans=PostgresScans(runtime.pool, settings.region),
        policy=CheckPolicy(live=settings.issuer_live, paper_age=timedelta(days=settings.issuer_paper_age_days)),
        combine=region.recognises.combine,
        foreign=read_foreign(settings.regions / settings.region),
    )


def _new_place() -> str:
    return base64.b32encode(secrets.token_bytes(PLACE_BYTES)).decode().rstrip("=").lower()


def _new_number() -> str:
    """Six digits, in two groups to be read out."""
    number = f"{secrets.randbelow(1_000_000):06d}"
    return f"{number[:3]} {number[3:]}"


def new_id() -> str:
    """An id of an event or a row."""
    return uuid.uuid4().hex
