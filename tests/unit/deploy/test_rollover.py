"""Keys in the catalogue: after any rollovers and revocations exactly one signs, and none is believed too long."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from deploy import rollover
from deploy.keys import make_keys
from deploy.rollover import RolloverError, renew, revoke, standing
from healthcode.credential import Es256Key, TrustEntry, TrustList, Usage, key_id
from healthcode.credential.catalogued import catalogued, public_key
from services.issuer.domain.trust import believed, signs_now

NOW = datetime(2020, 2, 11, tzinfo=UTC)
DAY = timedelta(days=1)
REGION = "330000"
KEYS = [dict(ECKey.import_key(Es256Key.generate().to_pem()).as_dict(private=False)) for _ in range(6)]


def catalogue() -> dict[str, Any]:
    member = {
        "code": REGION,
        "credential": [dict(KEYS[0])],
        "lists": [dict(KEYS[0])],
        "seal": [],
        "valid_from": "2020-01-01T00:00:00+00:00",
        "valid_until": "2030-01-01T00:00:00+00:00",
    }
    return {"regions": [member]}


def kid(jwk: dict[str, Any]) -> str:
    return key_id(public_key(jwk)).hex()


def entries(document: dict[str, Any]) -> list[TrustEntry]:
    return catalogued(document["regions"][0], "credential")


def signing(document: dict[str, Any], now: datetime) -> str | None:
    trust: TrustList = believed([], document, REGION)
    found = signs_now(trust, REGION, Usage.CREDENTIAL, now)
    return None if found is None else found.kid.hex()


@given(st.lists(st.integers(0, 40 * 24), min_size=1, max_size=5, unique=True), st.integers(0, 200 * 24))
def test_one_key_signs_at_any_time_and_the_one_before_is_believed_for_a_credentials_life(
    hours: list[int], asked: int
) -> None:
    document = catalogue()
    for number, hour in enumerate(sorted(hours), 1):
        renew(document, REGION, "credential", KEYS[number], NOW + timedelta(hours=hour), 31 * DAY)
    now = NOW + timedelta(hours=asked)
    begun = [0] + [number for number, hour in enumerate(sorted(hours), 1) if hour <= asked]
    assert signing(document, now) == kid(KEYS[begun[-1]])
    good = [entry for entry in entries(document) if entry.is_good(now, now)]
    assert [entry.kid.hex() for entry in good] == [signing(document, now)], "no two may sign at a time"
    for entry in entries(document):
        if entry.signs_until is not None:
            last = entry.signs_until - timedelta(seconds=1)
            assert entry.is_good(last, last + 30 * DAY)
            assert not entry.is_good(last, entry.signs_until + 31 * DAY)


def test_a_revoked_key_is_void_at_once_and_the_next_one_signs() -> None:
    document = catalogue()
    renew(document, REGION, "credential", KEYS[1], NOW, 31 * DAY)
    assert revoke(document, REGION, kid(KEYS[0]), "lost", NOW + DAY) == "credential"
    old = entries(document)[0]
    assert old.is_good(NOW - DAY, NOW + DAY - timedelta(seconds=1))
    assert not old.is_good(NOW - DAY, NOW + DAY)
    assert signing(document, NOW + DAY) == kid(KEYS[1])
    assert [standing(jwk, NOW + DAY) for jwk in document["regions"][0]["credential"]] == ["revoked", "signs"]


def test_what_cannot_be_done_says_what_to_do() -> None:
    document = catalogue()
    with pytest.raises(RolloverError, match="first `renew 330000 credential --in 0s`"):
        revoke(document, REGION, kid(KEYS[0]), "lost", NOW)
    with pytest.raises(RolloverError, match="see `list 330000`"):
        revoke(document, REGION, kid(KEYS[5]), "lost", NOW)
    with pytest.raises(RolloverError, match="already"):
        renew(document, REGION, "credential", KEYS[0], NOW, DAY)
    renew(document, REGION, "credential", KEYS[1], NOW + DAY, DAY)
    with pytest.raises(RolloverError, match="begins at that time or later"):
        renew(document, REGION, "credential", KEYS[2], NOW + DAY, DAY)
    with pytest.raises(RolloverError, match="999999 is not in the catalogue"):
        renew(document, "999999", "credential", KEYS[1], NOW, DAY)


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = make_keys(tmp_path, Path("regions"), [REGION], valid_from=NOW)
    rollover.main([str(tmp_path), "renew", REGION, "credential", "--in", "0s"])
    first, second = json.loads(path.read_bytes())["regions"][0]["credential"]
    rollover.main([str(tmp_path), "revoke", REGION, kid(first), "--why", "lost"])
    rollover.main([str(tmp_path), "list", REGION])
    shown = capsys.readouterr().out
    assert kid(second) in shown
    assert "revoked" in shown
    files = {Es256Key.from_pem(file.read_bytes()).kid.hex(): file for file in (tmp_path / REGION).glob("credential*")}
    assert files.keys() == {kid(first), kid(second)}
    assert files[kid(second)].stat().st_mode & 0o077 == 0
    kept = json.loads(path.read_bytes())
    make_keys(tmp_path, Path("regions"), [REGION], valid_from=NOW + DAY)
    assert json.loads(path.read_bytes()) == kept, "making keys again changes none"


@pytest.mark.parametrize("arguments", [["list", "999999"], ["revoke", REGION, "ab", "--why", "x"]])
def test_a_command_that_fails_says_why(tmp_path: Path, arguments: list[str]) -> None:
    make_keys(tmp_path, Path("regions"), [REGION], valid_from=NOW)
    with pytest.raises(SystemExit, match=r"999999|see `list"):
        rollover.main([str(tmp_path), *arguments])
