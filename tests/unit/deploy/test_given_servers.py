from pathlib import Path

import asyncpg
import pytest

from deploy.local import kafka, postgres, stack
from deploy.local.errors import StackError
from deploy.local.settings import ROOT, LocalSettings
from deploy.local.stack import embedded_stack, reachable

URL = "postgresql://u:p@127.0.0.1:5432/db"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HC_DATA", "HC_CACHE", "HC_KAFKA_PORT", "HC_POSTGRES_PORT", "KAFKA_BOOTSTRAP", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def both_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "127.0.0.1:9092")
    monkeypatch.setenv("DATABASE_URL", URL)


def _answering(monkeypatch: pytest.MonkeyPatch, *, broker: bool, database: BaseException | None) -> None:
    async def answers(*_: object) -> bool:
        return broker

    async def ask(*_: object) -> None:
        if database:
            raise database

    monkeypatch.setattr(kafka, "answers", answers)
    monkeypatch.setattr(postgres, "ask", ask)


def test_data_and_jars_lie_in_the_project_unless_the_environment_says_else(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (LocalSettings().data, LocalSettings().cache) == (ROOT / ".data", ROOT / ".cache" / "kafka")
    monkeypatch.setenv("HC_DATA", "/elsewhere")
    assert LocalSettings().data == Path("/elsewhere")


async def test_given_servers_are_used_and_nothing_is_started_or_written(
    both_given: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answering(monkeypatch, broker=True, database=None)
    async with embedded_stack(tmp_path / "data", progress=pytest.fail) as used:
        assert (used.kafka_bootstrap, used.database_url) == ("127.0.0.1:9092", URL)
        assert (used.kafka_pid, used.postgres_pid) == (None, None)
    assert not (tmp_path / "data").exists()


async def test_a_given_broker_that_does_not_answer_is_named(
    both_given: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answering(monkeypatch, broker=False, database=None)
    with pytest.raises(StackError, match=r"KAFKA_BOOTSTRAP=127.0.0.1:9092.*unset the variable"):
        async with embedded_stack(tmp_path, progress=print):
            pytest.fail("nothing answers")


@pytest.mark.parametrize(
    "error",
    [ConnectionRefusedError("refused"), TimeoutError(), asyncpg.InvalidPasswordError("wrong password"), ValueError()],
)
async def test_a_given_database_that_cannot_be_used_is_told_without_its_password(
    both_given: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    _answering(monkeypatch, broker=True, database=error)
    with pytest.raises(StackError, match="DATABASE_URL cannot be used") as told:
        async with embedded_stack(tmp_path, progress=print):
            pytest.fail("nothing answers")
    assert str(error) in str(told.value)
    assert URL not in str(told.value)


def test_reach_knows_given_servers_and_says_when_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HC_DATA", str(tmp_path))
    with pytest.raises(StackError, match=r"Nothing runs.*deploy.local up"):
        reachable(LocalSettings())
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "127.0.0.1:9092")
    monkeypatch.setenv("DATABASE_URL", URL)
    assert reachable(LocalSettings()).database_url == URL


def test_clean_removes_what_stacks_made_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "clear_broker", lambda *_: None)
    monkeypatch.setattr(stack, "clear_database", lambda *_: None)
    for name in stack.OWN:
        (tmp_path / name).write_text("")
    (tmp_path / "mine.txt").write_text("")
    stack.remove_data(tmp_path, print)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
