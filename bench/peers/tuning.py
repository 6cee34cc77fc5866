"""How the peers are set, by what their own documentation says; printed with the figures."""

from collections.abc import Mapping
from typing import Any, Final

QUIX: Final[Mapping[str, Any]] = {
    # its page on checkpointing, 5 by default: each flushes the store, the producer and the transaction; 1.0 was slower
    "commit_interval": 0.5,
    # its reference of Application: the buffer by which two topics are read in the order of their times, 10,000 by
    # default; a full one pauses its partition, and what was fetched ahead is fetched again
    "max_partition_buffer_size": 500_000,
    # its reference again: how long it waits where nothing comes, a second by default, with other records in the buffer
    "consumer_poll_timeout": 0.05,
    # `use_fsync` is its default and stays
    "rocksdb": {"use_fsync": True, "write_buffer_size": 64 << 20},
    # "Configuration": everything of librdkafka is passed on
    "consumer": {
        "isolation.level": "read_committed",
        "queued.min.messages": 100_000,
    },
    "producer": {
        "acks": "all",
        "enable.idempotence": True,
        "compression.type": "lz4",
        "linger.ms": 20,
        "batch.num.messages": 10_000,
        "queue.buffering.max.messages": 500_000,
    },
}

KAFKA_STREAMS: Final[Mapping[str, str]] = {
    "processing.guarantee": "exactly_once_v2",
    "num.stream.threads": "2",
    # a color for every record, as the other two give: its cache would leave out those that are soon replaced
    "statestore.cache.max.bytes": "0",
    # the default of exactly-once is 100: "Configuring a Streams Application", and fewer commits cost less
    "commit.interval.ms": "1000",
    "topology.optimization": "all",
    "replication.factor": "1",
    "auto.offset.reset": "earliest",
    "producer.acks": "all",
    "producer.compression.type": "lz4",
    "producer.linger.ms": "20",
    "producer.batch.size": "262144",
    "consumer.max.poll.records": "5000",
    "consumer.fetch.min.bytes": "65536",
    "consumer.fetch.max.wait.ms": "50",
}
JVM: Final = ("-Xms512m", "-Xmx1g", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
