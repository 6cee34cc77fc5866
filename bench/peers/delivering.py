"""Our own delivery alone, a worker with nothing to judge and its relay: `python -m bench.peers.delivering ROLE`.

Each declaration of the topic in BENCH_FROM goes through the outbox to the topic in BENCH_TO. It borrows the
audit's schema, of which it uses what the chassis put there.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from chassis import outbox
from chassis.postgres.pool import Connection
from chassis.process import command_line
from chassis.run import Runtime, Service
from chassis.stream.decode import decoder
from chassis.stream.model import Delivery, StreamSpec
from healthcode.envelope import Encoded
from healthcode.events import DeclarationAccepted
from services.audit.bootstrap import BLUEPRINT

FROM: Final = "BENCH_FROM"
TO: Final = "BENCH_TO"


async def build(runtime: Runtime) -> Service:
    """A service whose worker hands on what it reads."""
    source, target = os.environ[FROM], os.environ[TO]

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        records = [each.record for each in deliveries]
        messages = [Encoded(target, r.key or b"", r.value or b"", tuple(r.headers)) for r in records]
        await outbox.append(connection, runtime.service, messages)

    spec = StreamSpec(consumer="review", topics=[source], handle=handle, decode=decoder(DeclarationAccepted))
    return Service(runtime.service, {"worker": [runtime.worker(spec)], "relay": [runtime.relay()]})


if __name__ == "__main__":
    command_line(replace(BLUEPRINT, build=build))
