"""The bare loop: aiokafka alone reads a topic and writes each record to another one, exactly once, a batch at a time.

`python -m bench.bare BOOTSTRAP FROM TO COUNT` prints what it took, from the first batch to the last commit.
"""

import asyncio
import json
import sys
import time

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

BATCH = 1000


async def run(bootstrap: str, source: str, target: str, count: int) -> dict[str, float]:
    """Copy `count` records; gives seconds, and seconds of CPU."""
    group = f"bare-{time.time_ns()}"
    consumer = AIOKafkaConsumer(
        source,
        bootstrap_servers=bootstrap,
        group_id=group,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        transactional_id=group,
        acks="all",
        compression_type="lz4",
        linger_ms=0,
        retry_backoff_ms=10,  # of 100 by default, which each transaction would wait
    )
    await consumer.start()
    await producer.start()
    done, began, cpu = 0, 0.0, 0.0
    while done < count:
        batch = await consumer.getmany(timeout_ms=200, max_records=BATCH)
        records = [record for found in batch.values() for record in found]
        if not records:
            continue
        if not began:
            began, cpu = time.perf_counter(), time.process_time()
        async with producer.transaction():
            sent = [await producer.send(target, r.value, r.key, headers=list(r.headers)) for r in records]
            await asyncio.gather(*sent)
            ends = {place: found[-1].offset + 1 for place, found in batch.items() if found}
            await producer.send_offsets_to_transaction(ends, group)
        done += len(records)
    taken = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}
    await producer.stop()
    await consumer.stop()
    return taken


if __name__ == "__main__":
    bootstrap, source, target, count = sys.argv[1:]
    print(json.dumps(uvloop.run(run(bootstrap, source, target, int(count)))))
