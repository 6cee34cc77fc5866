"""Simulated time: published on its topic, where every process of the demonstration follows it."""

import uuid
from datetime import datetime

from chassis.clock import SimulatedClock, system_now
from chassis.clock_follower import TOPIC
from chassis.kafka.model import Outgoing
from chassis.kafka.ports import Broker, Producer
from demo.settings import NATION
from healthcode.envelope import encode
from healthcode.events import ClockSet


class DemoClock(SimulatedClock):
    """The clock of the demonstration: set here, told to all."""

    def __init__(self, producer: Producer) -> None:
        super().__init__()
        self._producer = producer

    @classmethod
    async def start(cls, broker: Broker, at: datetime) -> "DemoClock":
        """A clock that stands at `at` and flows from now on; its topic exists."""
        clock = cls(await broker.producer())
        await clock.turn(at)
        return clock

    async def turn(self, sim: datetime) -> None:
        """Let it be `sim` now, for every process that follows."""
        message = ClockSet(id=uuid.uuid4().hex, sim=sim, wall=system_now())
        encoded = encode(message, owner=NATION, service="demo", time=message.wall, topic=TOPIC)
        await self._producer.send_all([Outgoing(encoded.topic, encoded.key, encoded.value, encoded.headers)])
        self.set(message.sim, message.wall)
