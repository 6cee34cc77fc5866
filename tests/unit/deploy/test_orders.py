"""What two officers decided is carried out once, and never leaves a region without a key that signs."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy import orders
from deploy.keys import make_keys
from deploy.orders import NOTICE, carry_out
from deploy.rollover import RolloverError, id_of, standing

NOW = datetime(2020, 2, 11, tzinfo=UTC)
REGION = "330000"


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    return make_keys(tmp_path, Path("regions"), [REGION], valid_from=NOW - timedelta(days=9))


def order(act: str, **changes: Any) -> dict[str, Any]:
    decided = {"proposal": "a" * 32, "state": "approved", "done": False, "usage": "credential", "why": "为演练"}
    times = {"proposed_at": NOW.isoformat(), "begins_at": (NOW + timedelta(hours=192)).isoformat()}
    return {"act": act, "key": None, **decided, **times, **changes}


def keys_of(path: Path, name: str = "credential") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_bytes())["regions"][0][name]
    return found


def run(path: Path, monkeypatch: pytest.MonkeyPatch, *items: dict[str, Any], now: datetime = NOW) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({"as_of": now.isoformat(), "items": items})))
    orders.main([str(path.parent), REGION])


def test_a_new_key_is_announced_for_as_long_as_was_decided_however_late_that_is_carried_out(
    catalogue: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    late = NOW + timedelta(hours=30)
    run(catalogue, monkeypatch, order("rotate"), now=late)
    first, new = keys_of(catalogue)
    begins = late + timedelta(hours=192)
    assert (first["signs_until"], new["signs_from"]) == (begins.isoformat(), begins.isoformat())
    assert [standing(each, late) for each in (first, new)] == ["signs", "announced"]
    file = next((catalogue.parent / REGION).glob(f"credential-*-{id_of(new)}.pem"))
    assert file.stat().st_mode & 0o077 == 0
    assert "new credential key" in capsys.readouterr().out


def test_at_once_is_when_every_process_has_seen_it(catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(catalogue, monkeypatch, order("rotate", usage="lists", begins_at=NOW.isoformat()))
    assert keys_of(catalogue, "lists")[1]["signs_from"] == (NOW + NOTICE).isoformat()


def test_the_only_key_is_revoked_when_another_signs(catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = id_of(keys_of(catalogue)[0])
    run(catalogue, monkeypatch, order("revoke", key=key))
    old, new = keys_of(catalogue)
    assert [standing(each, NOW) for each in (old, new)] == ["revoked", "signs"]
    assert old["reason"] == f"为演练 ({'a' * 32})"
    later = NOW + timedelta(seconds=1)
    run(catalogue, monkeypatch, order("revoke", key=id_of(new)), order("rotate"), now=later)
    assert [standing(each, later) for each in keys_of(catalogue)] == ["revoked", "revoked", "signs", "announced"]


def test_the_announced_key_is_brought_forward(catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(catalogue, monkeypatch, order("rotate"))
    old, announced = keys_of(catalogue)
    run(catalogue, monkeypatch, order("revoke", key=id_of(old)), now=NOW + timedelta(days=1))
    found = keys_of(catalogue)
    assert [id_of(each) for each in found] == [id_of(old), id_of(announced)]
    assert [standing(each, NOW + timedelta(days=1)) for each in found] == ["revoked", "signs"]


@pytest.mark.parametrize(
    "changes", [{"state": "open"}, {"state": "rejected"}, {"done": True}, {"key": "00" * 8}, {"usage": "trust"}]
)
def test_what_was_not_decided_is_not_done(
    catalogue: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    before = catalogue.read_bytes()
    with pytest.raises(SystemExit):
        run(catalogue, monkeypatch, order("revoke", **changes))
    assert catalogue.read_bytes() == before


def test_nothing_to_do_changes_nothing(catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = catalogue.read_bytes()
    run(catalogue, monkeypatch)
    assert catalogue.read_bytes() == before


def test_orders_of_another_region_find_no_key(catalogue: Path) -> None:
    document = json.loads(catalogue.read_bytes())
    with pytest.raises(RolloverError, match="420000"):
        carry_out(catalogue.parent, document, "420000", [order("revoke", key="00" * 8)], NOW)
