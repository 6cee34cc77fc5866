"""Corrections between regions, in regions where people can contest something."""

from chassis.postgres.pool import Connection
from chassis.postgres.transactions import Transactions
from services.recognition.bootstrap.given import read_encryption
from services.recognition.bootstrap.wiring import OVER_BATCH, Parts, Wiring, new_handle, new_id
from services.recognition.domain.correction import Contesting
from services.recognition.handlers.correction import forget_corrections
from services.recognition.ports.correction import Counter
from services.recognition.store.correction import PostgresContests
from services.recognition.store.guest import PostgresGuests
from services.recognition.store.home import PostgresHomes
from services.recognition.stream.correction import answered_part, contests_spec, passed_part


def add_corrections(wiring: Wiring, parts: Parts) -> None:
    """Of its guests and of its own people: the stores of both are there, if empty."""
    runtime, code = wiring.runtime, wiring.region.code
    private = read_encryption(wiring.settings)
    here = Contesting(code, wiring.catalogue.encryption, private, new_id, new_handle)

    def over(connection: Connection) -> Counter:
        return Counter(
            PostgresContests(connection, code, wiring.signer),
            PostgresGuests(connection, code),
            PostgresHomes(connection, code, wiring.signer),
        )

    counters = Transactions(runtime.pool, over)

    async def step() -> bool:
        async with counters.begin() as counter:
            return await forget_corrections(counter.contests, runtime.clock.now(), OVER_BATCH)

    parts.workers.append(runtime.worker(contests_spec(here, runtime.clock, over)))
    parts.told += [passed_part(here, runtime.clock, over), answered_part(here, runtime.clock, over)]
    parts.steps.append(step)
