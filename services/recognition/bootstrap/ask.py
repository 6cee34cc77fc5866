"""The destination's asks: scans in, answers in, what came of them out."""

from datetime import datetime

from chassis.postgres.pool import Connection
from chassis.postgres.transactions import Transactions
from services.recognition.api.ask import AskDeps, ask_router
from services.recognition.api.stay import StayDeps, stay_router
from services.recognition.bootstrap.wiring import OVER_BATCH, Parts, Wiring, new_handle, new_id
from services.recognition.domain.ask import Asking
from services.recognition.domain.guest import Host
from services.recognition.domain.token import Claims, believe_token
from services.recognition.handlers.ask import forget_asks
from services.recognition.ports.ask import Stay
from services.recognition.store.ask import PostgresAsks, PostgresAskViews
from services.recognition.store.guest import PostgresGuests
from services.recognition.stream.ask import scans_spec
from services.recognition.stream.national import answer_part


def add_asking(wiring: Wiring, parts: Parts, host: Host) -> None:
    """Of regions that have guests."""
    runtime, region, catalogue = wiring.runtime, wiring.region, wiring.catalogue
    asking = Asking(region.code, region.watches, catalogue.askable, new_id, new_handle)

    def store(connection: Connection) -> PostgresAsks:
        return PostgresAsks(connection, region.code, wiring.signer)

    def stay(connection: Connection) -> Stay:
        shared = wiring.way_one.abroad
        return Stay(
            PostgresGuests(connection, region.code), store(connection), shared.desk(connection) if shared else None
        )

    def believe(token: str, proof: str, now: datetime) -> Claims:
        return believe_token(token, proof, catalogue, region.code, now)

    asks = Transactions(runtime.pool, store)

    async def step() -> bool:
        async with asks.begin() as ask:
            return await forget_asks(ask, runtime.clock.now(), OVER_BATCH)

    parts.workers.append(runtime.worker(scans_spec(asking, runtime.clock, store)))
    parts.told.append(answer_part(store))
    parts.routers.append(ask_router(AskDeps(wiring.deps, PostgresAskViews(runtime.pool), asking, asks)))
    parts.routers.append(stay_router(StayDeps(wiring.deps, host, believe, Transactions(runtime.pool, stay))))
    parts.steps.append(step)
