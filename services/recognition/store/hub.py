"""What a region tells the hub, under its own signature."""

from collections.abc import Sequence

from chassis import outbox
from chassis.postgres.pool import Connection
from chassis.run import NATIONAL
from healthcode.envelope import encode, national_topic
from services.recognition.domain.message import INBOX, Between, Message, Signer
from services.recognition.store.schema import SCHEMA


async def tell_hub(connection: Connection, region: str, signer: Signer, messages: Sequence[Between]) -> None:
    """Send messages to the hub when the transaction commits, in this order."""
    inbox = national_topic(region, INBOX)
    wires = [
        signer.sign(Message(each, encode(each, owner=region, service=SCHEMA, time=each.at, topic=inbox)))
        for each in messages
    ]
    await outbox.append(connection, SCHEMA, wires, lane=NATIONAL)
