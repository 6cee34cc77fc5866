"""Wires the issuer."""

import base64
import math
import secrets
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from chassis.backlog import held_back, outbox_of
from chassis.documents import DocumentError, read_yaml
from chassis.http.rates import Rate
from chassis.key_files import KeyFiles
from chassis.keys import read_hex_key, read_key
from chassis.loop import Loop
from chassis.postgres.pool import Connection
from chassis.run import Blueprint, Component, Runtime, Service
from chassis.settings import SettingsError
from chassis.watched import Watched
from healthcode.catalogue import CatalogueReader
from healthcode.credential import CheckPolicy, Es256Key, TrustEntry, TrustList, Usage
from healthcode.foreign import ForeignTable, KeysError, RulesError, keys_file, table_from
from healthcode.pseudonym import subject_behind, subject_of
from healthcode.region import Region, region_from
from healthcode.values import IdType
from services.issuer.api import PANELS, Deps, routers
from services.issuer.api.clients import ClientDoor
from services.issuer.api.entries import Entries
from services.issuer.api.texts import Texts
from services.issuer.config import Settings
from services.issuer.domain import Lifetime, StatusPlace, Turns, place_at
from services.issuer.domain.trust import CatalogueFault, believed
from services.issuer.handlers.abroad import VerifiedLists
from services.issuer.handlers.client import Allowances
from services.issuer.handlers.credential import Abroad, Signer
from services.issuer.handlers.keys import KeyRing, NoSigningKey
from services.issuer.handlers.reissue import Press
from services.issuer.store.abroad import PostgresListsAbroad
from services.issuer.store.clients import PostgresClientBook, PostgresGrants
from services.issuer.store.credentials import PostgresCredentials
from services.issuer.store.family import PostgresFamily
from services.issuer.store.history import PostgresHistory
from services.issuer.store.key_changes import PostgresKeyChanges
from services.issuer.store.ledger import PostgresLedger, PostgresLedgers
from services.issuer.store.lookups import PostgresLookupLog
from services.issuer.store.places import PostgresPasses, PostgresPlaceBook
from services.issuer.store.reissue import PostgresReissues
from services.issuer.store.restored import RESTORED
from services.issuer.store.scans import PostgresHolders, PostgresScans
from services.issuer.store.tally import Tally, show
from services.issuer.store.views import PostgresViews
from services.issuer.stream.abroad import fetching
from services.issuer.stream.clients import clients_spec
from services.issuer.stream.family import family_spec
from services.issuer.stream.findings import findings_spec
from services.issuer.stream.holders import holders_spec
from services.issuer.stream.keys import TURN_SECONDS, forgetting_replacements, reissuing
from services.issuer.stream.moved import moved_spec
from services.issuer.stream.timer import (
    expiring,
    forgetting,
    forgetting_days,
    forgetting_lookups,
    forgetting_passes,
)

CTI_BYTES: Final = 16
PLACE_BYTES: Final = 8
FOREIGN: Final = "foreign.yaml"
# Where no catalogue says otherwise, one's own key is good as long as it is the key.
ALWAYS: Final = (datetime(2020, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


async def build(runtime: Runtime) -> Service:
    """The issuer of a region."""
    settings = runtime.settings
    if not isinstance(settings, Settings):
        raise SettingsError("the issuer is built with its own settings")
    region = region_from(read_yaml(settings.regions / settings.region / "region.yaml"))
    ledgers = PostgresLedgers(runtime.pool, region.code)
    credentials = PostgresCredentials(runtime.pool)
    lifetime = Lifetime(region.code_days, ZoneInfo(region.timezone))

    def ledger_over(connection: Connection) -> PostgresLedger:
        return PostgresLedger(connection, region.code)

    specs = [
        findings_spec(region.code, ledger_over, lifetime, runtime.clock, _new_id),
        clients_spec(region.code, PostgresClientBook),
        family_spec(region.code, PostgresFamily, runtime.clock),
        holders_spec(region.code, partial(PostgresHolders, region=region.code), runtime.clock),
        *([moved_spec(region.code, ledger_over, runtime.clock, _new_id)] if region.hub else []),
    ]

    async def count_colors() -> bool:
        async with runtime.pool.acquire() as connection, connection.transaction():
            people = await Tally(connection).sum_up()
        show(people)
        return False

    expire = held_back("issuer expiry", outbox_of(runtime.pool), expiring(ledgers, runtime.clock, _new_id))
    deps = _deps(runtime, settings, region, ledgers, credentials)
    lookups = timedelta(days=settings.issuer_lookup_days)
    steps = [
        expire,
        forgetting(credentials, runtime.clock),
        forgetting_lookups(PostgresLookupLog(runtime.pool), runtime.clock, lookups),
        forgetting_days(PostgresGrants(runtime.pool), runtime.clock),
        forgetting_passes(PostgresPasses(runtime.pool), runtime.clock, timedelta(days=settings.issuer_pass_days)),
        forgetting_replacements(deps.reissues, runtime.clock),
        count_colors,
    ]
    timer = Loop(steps, settings.issuer_timer_seconds)
    lists = fetching(PostgresListsAbroad(runtime.pool), deps.keys.believed, settings.issuer_abroad, runtime.clock)
    abroad = Loop([lists], settings.issuer_timer_seconds)
    press = Press(deps.signer, deps.places, deps.new_cti)
    remake = reissuing(deps.reissues, deps.keys, press, runtime.clock, settings.issuer_reissue_per_second)
    roles: dict[str, list[Component]] = {
        "worker": [runtime.worker(spec) for spec in specs],
        "relay": [runtime.relay()],
        "timer": [timer, abroad, Loop([remake], TURN_SECONDS)],
    }
    return Service("issuer", roles, routers(deps), panels=PANELS)


def _deps(
    runtime: Runtime, settings: Settings, region: Region, ledgers: PostgresLedgers, credentials: PostgresCredentials
) -> Deps:
    zone = ZoneInfo(region.timezone)
    pseudonym_key = read_hex_key(settings.secrets, "pseudonym.key")
    keys = _keys(runtime, settings)

    def pseudonymise(id_type: IdType, number: str) -> str:
        return subject_of(pseudonym_key, id_type, number)

    def places(now: datetime) -> StatusPlace:
        return place_at(now, settings.issuer_status_lists, secrets.randbelow)

    def new_cti() -> bytes:
        return secrets.token_bytes(CTI_BYTES)

    return Deps(
        clock=runtime.clock,
        clients=_door(runtime, settings, zone, pseudonym_key),
        ids=_new_id,
        new_cti=new_cti,
        views=PostgresViews(runtime.pool),
        history=PostgresHistory(runtime.pool),
        ledgers=ledgers,
        credentials=credentials,
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


def read_foreign(folder: Path) -> ForeignTable | None:
    """What a region makes of certificates of other systems; None where it takes none.

    Raises DocumentError, which names the file and what to write.
    """
    path = folder / FOREIGN
    if not path.exists():
        return None
    document = read_yaml(path)
    try:
        return table_from(document, (folder / keys_file(document)).read_bytes())
    except OSError as error:
        raise DocumentError(
            f"{path}:1: keys: {error.filename} cannot be read; docs/foreign.md says what is in it"
        ) from None
    except (RulesError, KeysError) as error:
        raise DocumentError(f"{path}:1: {error}") from None


def _keys(runtime: Runtime, settings: Settings) -> KeyRing:
    """The region's keys by the catalogue, where there is one, as it stands; else those of its files."""
    own = [
        _own_entry(Es256Key.from_pem(read_key(settings.secrets, name)), settings.region, usage)
        for name, usage in (("credential.pem", Usage.CREDENTIAL), ("lists.pem", Usage.STATUS_LIST))
    ]

    def read(data: bytes) -> TrustList:
        return believed(own, catalogue(data), settings.region)

    alone = believed(own, {}, settings.region)
    try:
        catalogue = CatalogueReader(settings.anchor)
        ring = KeyRing(
            settings.region,
            Watched(settings.catalogue, read) if settings.catalogue else lambda: alone,
            KeyFiles(settings.secrets),
        )
        for usage in (Usage.CREDENTIAL, Usage.STATUS_LIST):
            ring.signing(usage, runtime.clock.now())
    except OSError:
        raise SettingsError(f"HC_CATALOGUE: {settings.catalogue} cannot be read") from None
    except (CatalogueFault, NoSigningKey, ValueError) as fault:
        raise SettingsError(f"HC_CATALOGUE: {settings.catalogue}: {fault}") from None
    return ring


def _own_entry(key: Es256Key, region: str, usage: Usage) -> TrustEntry:
    not_before, not_after = ALWAYS
    return TrustEntry(
        kid=key.kid,
        public_key=key.public_key,
        region=region,
        not_before=not_before,
        not_after=not_after,
        usages=frozenset({usage}),
    )


def _new_place() -> str:
    return base64.b32encode(secrets.token_bytes(PLACE_BYTES)).decode().rstrip("=").lower()


def _new_number() -> str:
    """Six digits, in two groups to be read out."""
    number = f"{secrets.randbelow(1_000_000):06d}"
    return f"{number[:3]} {number[3:]}"


def _new_id() -> str:
    return uuid.uuid4().hex


BLUEPRINT: Final = Blueprint("issuer", Path(__file__).parent / "migrations", build, Settings, restored=RESTORED)
