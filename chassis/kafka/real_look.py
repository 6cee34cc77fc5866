"""Looks at a part of one log, in no group, for those who page through it."""

import asyncio
from typing import Final

from chassis.kafka.model import BrokerError, Record, TopicPartition
from chassis.kafka.real_consumer import KafkaReader

SECONDS: Final = 30.0


async def read_part(reader: KafkaReader, tp: TopicPartition, start: int, most: int) -> tuple[list[Record], int]:
    """See ports.Broker.part; stops the reader."""
    try:
        [begin], [end] = (await reader.beginning_offsets([tp])).values(), (await reader.end_offsets([tp])).values()
        position = max(start, begin)
        if position >= end:
            return [], end
        reader.move({tp: position})
        found: list[Record] = []
        async with asyncio.timeout(SECONDS):
            while len(found) < most and not reader.reached({tp: end}):
                for records in (await reader.getmany(most - len(found), 0.1)).values():
                    found += records
    except TimeoutError as error:
        raise BrokerError(f"the end of {tp.topic} was not reached in {SECONDS:.0f} s") from error
    finally:
        await reader.stop()
    return found, found[-1].offset + 1 if len(found) >= most else end
