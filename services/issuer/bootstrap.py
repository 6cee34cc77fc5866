"""Wires the issuer."""

import secrets
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from chassis.backlog import held_back, outbox_of
from chassis.documents import read_yaml
from chassis.keys import read_hex_key, read_key
from chassis.loop import Loop
from chassis.postgres.pool import Connection
from chassis.run import Blueprint, Component, Runtime, Service
from chassis.settings import SettingsError
from healthcode.credential import Es256Key, TrustEntry, TrustList
from healthcode.pseudonym import subject_of
from healthcode.region import region_from
from healthcode.values import IdType
from services.issuer.api import Deps, routers
from services.issuer.api.texts import Texts
from services.issuer.config import Settings
from services.issuer.domain import Lifetime, StatusPlace, place_at
from services.issuer.handlers.credential import Signer
from services.issuer.store.credentials import PostgresCredentials
from services.issuer.store.family import PostgresFamily
from services.issuer.store.history import PostgresHistory
from services.issuer.store.ledger import PostgresLedger, PostgresLedgers
from services.issuer.store.lookups import PostgresLookupLog
from services.issuer.store.restored import RESTORED
from services.issuer.store.tally import Tally, show
from services.issuer.store.views import PostgresViews
from services.issuer.stream.family import family_spec
from services.issuer.stream.findings import findings_spec
from services.issuer.stream.timer import expiring, forgetting, forgetting_lookups

CTI_BYTES: Final = 16
# One's own key is good as long as it is the key; what others believe of it is in the national catalogue.
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
        family_spec(region.code, PostgresFamily, runtime.clock),
    ]

    async def count_colors() -> bool:
        async with runtime.pool.acquire() as connection, connection.transaction():
            people = await Tally(connection).sum_up()
        show(people)
        return False

    expire = held_back("issuer expiry", outbox_of(runtime.pool), expiring(ledgers, runtime.clock, _new_id))
    lookups = timedelta(days=settings.issuer_lookup_days)
    steps = [
        expire,
        forgetting(credentials, runtime.clock),
        forgetting_lookups(PostgresLookupLog(runtime.pool), runtime.clock, lookups),
        count_colors,
    ]
    timer = Loop(steps, settings.issuer_timer_seconds)
    roles: dict[str, list[Component]] = {
        "worker": [runtime.worker(spec) for spec in specs],
        "relay": [runtime.relay()],
        "timer": [timer],
    }
    return Service("issuer", roles, routers(_deps(runtime, settings, lifetime.zone, ledgers, credentials)))


def _deps(
    runtime: Runtime, settings: Settings, zone: ZoneInfo, ledgers: PostgresLedgers, credentials: PostgresCredentials
) -> Deps:
    key = Es256Key.from_pem(read_key(settings.secrets, "credential.pem"))
    pseudonym_key = read_hex_key(settings.secrets, "pseudonym.key")

    def pseudonymise(id_type: IdType, number: str) -> str:
        return subject_of(pseudonym_key, id_type, number)

    def places(now: datetime) -> StatusPlace:
        return place_at(now, settings.issuer_status_lists, secrets.randbelow)

    def new_cti() -> bytes:
        return secrets.token_bytes(CTI_BYTES)

    return Deps(
        clock=runtime.clock,
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
            key,
            timedelta(hours=settings.issuer_credential_hours),
            timedelta(days=settings.issuer_paper_days),
        ),
        key=key,
        lists_key=Es256Key.from_pem(read_key(settings.secrets, "lists.pem")),
        trust=TrustList([_own_entry(key, settings.region)]),
        texts=Texts.read(settings.regions / settings.region),
        zone=zone,
    )


def _own_entry(key: Es256Key, region: str) -> TrustEntry:
    not_before, not_after = ALWAYS
    return TrustEntry(kid=key.kid, public_key=key.public_key, region=region, not_before=not_before, not_after=not_after)


def _new_id() -> str:
    return uuid.uuid4().hex


BLUEPRINT: Final = Blueprint("issuer", Path(__file__).parent / "migrations", build, Settings, restored=RESTORED)
