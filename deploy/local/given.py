"""Servers that the environment gave: they are used, and must answer before anything builds on them."""

import asyncpg

from deploy.local import kafka, postgres
from deploy.local.errors import StackError
from deploy.local.settings import LocalSettings

ANSWER_SECONDS = 5.0


async def check_given(settings: LocalSettings) -> None:
    """Raise StackError when KAFKA_BOOTSTRAP or DATABASE_URL is set and nothing usable answers there."""
    if settings.kafka_bootstrap and not await kafka.answers(settings.kafka_bootstrap, ANSWER_SECONDS):
        raise StackError(
            f"No broker answers at KAFKA_BOOTSTRAP={settings.kafka_bootstrap}; start it, correct the address, "
            "or unset the variable to use the embedded one.",
            f"KAFKA_BOOTSTRAP={settings.kafka_bootstrap} 没有响应;请启动它、更正地址,或取消该变量以使用内置 Kafka。",
        )
    if settings.database_url:
        try:
            await postgres.ask(settings.database_url, ANSWER_SECONDS)
        except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            why = str(error) or type(error).__name__
            raise StackError(
                f"The database at the address in DATABASE_URL cannot be used ({why}); start it, correct the address, "
                "or unset the variable to use the embedded one.",
                f"无法使用 DATABASE_URL 指向的数据库({why});请启动它、更正地址,或取消该变量以使用内置 PostgreSQL。",
            ) from error
