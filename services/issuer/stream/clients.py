"""The worker of what subscription says: which clients there are, and who lets them see their code."""

from collections.abc import Callable, Sequence

from chassis.postgres.pool import Connection
from chassis.stream.decode import decoder
from chassis.stream.model import Delivery, StreamSpec
from healthcode.envelope import topic_name
from healthcode.events import ClientChanged, ConsentChanged
from services.issuer.handlers.client import take_clients
from services.issuer.ports.client import ClientBook


def clients_spec(region: str, book: Callable[[Connection], ClientBook]) -> StreamSpec:
    """How the worker consumes; `book` gives what is known of clients within the transaction of a batch."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        ours = (ClientChanged, ConsentChanged)
        await take_clients(book(connection), [d.event for d in deliveries if isinstance(d.event, ours)])

    topics = [topic_name(region, event.topic) for event in (ClientChanged, ConsentChanged)]
    return StreamSpec("clients", topics, handle, decoder(ClientChanged, ConsentChanged))
