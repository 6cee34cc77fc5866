"""The workers of asks on the region's own broker: scans in, and holders that the issuer has found."""

from collections.abc import Callable, Sequence

from chassis.clock import Clock
from chassis.postgres.pool import Connection
from chassis.stream.decode import decoder
from chassis.stream.model import Delivery, StreamSpec
from healthcode.envelope import topic_name
from healthcode.events import CredentialScanned, HolderFound, HolderWanted
from services.recognition.domain.ask import Asking
from services.recognition.domain.home import Origin
from services.recognition.handlers.ask import ask_about_scans
from services.recognition.handlers.asked import take_holders
from services.recognition.ports import HomeStore
from services.recognition.ports.ask import AskStore


def scans_spec(asking: Asking, clock: Clock, store: Callable[[Connection], AskStore]) -> StreamSpec:
    """How the destination consumes what its checkpoints have scanned."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        scans = [delivery.event for delivery in deliveries if isinstance(delivery.event, CredentialScanned)]
        await ask_about_scans(store(connection), asking, scans, clock.now())

    topics = [topic_name(asking.region, CredentialScanned.topic)]
    return StreamSpec("scans", topics, handle, decoder(CredentialScanned))


def holders_spec(origin: Origin, clock: Clock, store: Callable[[Connection], HomeStore]) -> StreamSpec:
    """How the origin consumes whom its issuer has found; its own questions stand on the same topic."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        found = [delivery.event for delivery in deliveries if isinstance(delivery.event, HolderFound)]
        if found:
            await take_holders(store(connection), origin, found, clock.now())

    topics = [topic_name(origin.region, HolderFound.topic)]
    return StreamSpec("holders", topics, handle, decoder(HolderWanted, HolderFound))
