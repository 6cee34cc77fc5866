"""Under what the numbers were measured: a number without it says nothing."""

import importlib.metadata
import platform

import asyncpg
import psutil

from deploy.local import kafka
from deploy.local.stack import Stack

DATABASE = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size")
PACKAGES = ("aiokafka", "asyncpg", "msgspec", "uvloop")


async def settings(stack: Stack) -> dict[str, str]:
    """What the machine is, and how broker, database and clients are set."""
    connection = await asyncpg.connect(stack.database_url)
    try:
        database = {name: await connection.fetchval("SELECT current_setting($1)", name) for name in DATABASE}
    finally:
        await connection.close()
    size = psutil.virtual_memory().total / (1 << 30)
    return {
        "machine": f"{psutil.cpu_count()} cores, {size:.0f} GiB, {platform.system()} {platform.machine()}",
        "load before": " ".join(f"{load:.1f}" for load in psutil.getloadavg()),
        "python": platform.python_version(),
        **{package: importlib.metadata.version(package) for package in PACKAGES},
        "kafka": kafka.VERSION if stack.kafka_pid else "given by KAFKA_BOOTSTRAP",
        "producers": "acks=all, idempotent, transactions, lz4; readers read_committed",
        **{f"postgres {name}": value for name, value in database.items()},
    }
