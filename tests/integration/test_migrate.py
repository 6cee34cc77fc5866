import asyncio
import time
import uuid
from pathlib import Path

import asyncpg
import pytest

from chassis.migrate import MigrationError, ensure_database, migrate, with_database

pytestmark = pytest.mark.embedded

WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%ALTER TABLE%'
"""


def migration(folder: Path, number: int, name: str, up: str, down: str = "") -> Path:
    file = folder / f"2020010100{number:04}_{name}.sql"
    file.write_text(f"-- migrate:up\n{up}\n-- migrate:down\n{down}")
    return file


async def drop(admin_url: str, name: str) -> None:
    conn = await asyncpg.connect(admin_url)
    await conn.execute(f'DROP DATABASE "{name}"')
    await conn.close()


async def tables(database_url: str) -> set[str]:
    conn = await asyncpg.connect(database_url)
    try:
        query = "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema)'"
        return {row[0] for row in await conn.fetch(query)}
    finally:
        await conn.close()


async def test_a_database_is_created_once(admin_url: str) -> None:
    name = f"once_{uuid.uuid4().hex[:12]}"
    assert await ensure_database(admin_url, name)
    assert not await ensure_database(admin_url, name)
    conn = await asyncpg.connect(with_database(admin_url, name))
    assert await conn.fetchval("SELECT current_database()") == name
    await conn.close()
    await drop(admin_url, name)


async def test_processes_may_create_a_database_at_once(admin_url: str) -> None:
    name = f"race_{uuid.uuid4().hex[:12]}"
    created = await asyncio.gather(*(ensure_database(admin_url, name) for _ in range(4)))
    await drop(admin_url, name)
    assert sum(created) == 1


async def test_each_service_has_its_own_schema_and_list(database_url: str, tmp_path: Path) -> None:
    first = migration(tmp_path, 1, "thing", "CREATE TABLE thing (x int);")
    assert await migrate(database_url, "audit", tmp_path) == [first.name]
    second = migration(tmp_path, 2, "other", "ALTER TABLE thing ADD y int;")
    assert await migrate(database_url, "audit", tmp_path) == [second.name]
    assert await migrate(database_url, "issuer", tmp_path) == [first.name, second.name]
    assert await tables(database_url) == {
        "audit.thing",
        "audit.schema_migrations",
        "issuer.thing",
        "issuer.schema_migrations",
    }


async def test_folders_are_merged_by_number(database_url: str, tmp_path: Path) -> None:
    chassis, service = tmp_path / "chassis", tmp_path / "service"
    chassis.mkdir()
    service.mkdir()
    base = migration(chassis, 1, "base", "CREATE TABLE base (x int);")
    mine = migration(service, 2, "mine", "ALTER TABLE base ADD y int;")
    assert await migrate(database_url, "audit", service, chassis) == [base.name, mine.name]


async def test_an_up_to_date_schema_costs_little(database_url: str, tmp_path: Path) -> None:
    for number in range(20):
        migration(tmp_path, number, "thing", f"CREATE TABLE thing_{number} (x int);")
    await migrate(database_url, "audit", tmp_path)
    fastest = 1.0
    for _ in range(3):
        start = time.perf_counter()
        assert await migrate(database_url, "audit", tmp_path) == []
        fastest = min(fastest, time.perf_counter() - start)
    assert fastest < 0.15


async def test_processes_may_migrate_at_once(database_url: str, tmp_path: Path) -> None:
    file = migration(tmp_path, 1, "thing", "CREATE TABLE thing (x int);")
    applied = await asyncio.gather(*(migrate(database_url, "audit", tmp_path) for _ in range(3)))
    assert sorted(applied) == [[], [], [file.name]]


async def test_a_file_that_fails_is_named_and_leaves_nothing(database_url: str, tmp_path: Path) -> None:
    migration(tmp_path, 1, "good", "CREATE TABLE good (x int);")
    bad = migration(tmp_path, 2, "bad", "CREATE TABLE half (x int); SELECT nope;")
    migration(tmp_path, 3, "later", "CREATE TABLE later (x int);")
    with pytest.raises(MigrationError, match=rf'^{bad.name}: .*column "nope" does not exist'):
        await migrate(database_url, "audit", tmp_path)
    assert await tables(database_url) == {"audit.good", "audit.schema_migrations"}


async def test_a_server_that_is_away_is_an_error_without_the_password(tmp_path: Path) -> None:
    migration(tmp_path, 1, "thing", "SELECT 1;")
    with pytest.raises(MigrationError, match=r"schema audit: .*refused") as refused:
        await migrate("postgresql://postgres:pw-7734@127.0.0.1:1/x", "audit", tmp_path)
    assert "7734" not in str(refused.value)


async def test_what_dbmate_would_pass_over_is_refused(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match="no migrations"):
        await migrate(database_url, "audit", tmp_path)
    down = migration(tmp_path, 1, "thing", "SELECT 1;", down="DROP TABLE thing;")
    with pytest.raises(MigrationError, match="only go forward"):
        await migrate(database_url, "audit", tmp_path)
    down.unlink()
    migration(tmp_path, 1, "one", "SELECT 1;")
    twice = migration(tmp_path, 1, "two", "SELECT 1;")
    with pytest.raises(MigrationError, match="same number"):
        await migrate(database_url, "audit", tmp_path)
    twice.rename(tmp_path / "two.sql")
    with pytest.raises(MigrationError, match="14 digits"):
        await migrate(database_url, "audit", tmp_path)


@pytest.mark.parametrize("name", ["Audit", "a-b", 'a"b', "", "a" * 64])
async def test_odd_names_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="lower-case"):
        await migrate("postgresql://x/y", name, tmp_path)
    with pytest.raises(ValueError, match="lower-case"):
        await ensure_database("postgresql://x/y", name)


async def test_a_table_in_use_is_waited_for_again_and_again_and_nobody_else_for_long(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.migrate.LOCK_SECONDS", 1)
    migration(tmp_path, 1, "thing", "CREATE TABLE thing (x int);")
    await migrate(database_url, "audit", tmp_path)
    changes = migration(tmp_path, 2, "other", "ALTER TABLE thing ADD y int;")
    user, reader = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    transaction = user.transaction()
    await transaction.start()
    await user.execute("INSERT INTO audit.thing VALUES (1)")
    migrating = asyncio.create_task(migrate(database_url, "audit", tmp_path))
    await _waits(reader)
    assert await reader.fetchval("SELECT count(*) FROM audit.thing", timeout=60) == 0
    await _waits(reader)
    await transaction.commit()
    assert await migrating == [changes.name]
    await user.close()
    await reader.close()


async def test_a_deadlock_with_the_work_is_tried_again(database_url: str, tmp_path: Path) -> None:
    migration(tmp_path, 1, "thing", "CREATE TABLE one (x int); CREATE TABLE two (x int);")
    await migrate(database_url, "audit", tmp_path)
    changes = migration(tmp_path, 2, "other", "ALTER TABLE one ADD y int; ALTER TABLE two ADD y int;")
    user, reader = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    transaction = user.transaction()
    await transaction.start()
    await user.execute("INSERT INTO audit.two VALUES (1)")
    migrating = asyncio.create_task(migrate(database_url, "audit", tmp_path))
    await _waits(reader)
    try:
        await user.execute("INSERT INTO audit.one VALUES (1)")
        await transaction.commit()
    except asyncpg.DeadlockDetectedError:
        await transaction.rollback()  # either of them may be chosen
    assert await migrating == [changes.name]
    await user.close()
    await reader.close()


async def _waits(reader: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Until a migration waits for the lock of a table."""
    async with asyncio.timeout(60):
        while not await reader.fetchval(WAITING):
            await asyncio.sleep(0.01)
