"""`healthcode`: an engineer at a checkpoint, with the lists of a nation and a region that were fetched once."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typer.testing import CliRunner, Result

from cli import checkpoint
from cli.code import app
from cli.errors import NOT_ALL, REFUSED, CliError
from healthcode.credential import (
    Claims,
    Delta,
    Es256Key,
    StatusList,
    StatusReference,
    TrustEntry,
    TrustList,
    Usage,
    encode,
    show,
    sign_delta,
    sign_list,
    sign_trust,
)
from healthcode.transparency import FindingProof, Seal, commitment, countersign, leaf_of, root_of, sign_seal
from healthcode.values import Status

NOW = datetime.now(UTC).replace(microsecond=0)
SIZE = 1 << 12
NATION, REGION, DEVICE = Es256Key.generate(), Es256Key.generate(), Es256Key.generate()
Run = Callable[..., Result]


class Server:
    """Answers as a nation and a region do."""

    def __init__(self) -> None:
        self.revoked: list[int] = []
        self.sequence = 7
        self.asked: list[str] = []

    def get(self, url: str, accept: str = "") -> bytes:  # noqa: ARG002 - as what it stands for
        self.asked.append(url)
        if url.endswith("/v1/trust-list"):
            usages = frozenset({Usage.CREDENTIAL, Usage.STATUS_LIST, Usage.SEAL})
            entry = TrustEntry(
                kid=REGION.kid, public_key=REGION.public_key, region="330000", usages=usages,
                not_before=NOW - timedelta(days=9), not_after=NOW + timedelta(days=9),
            )  # fmt: skip
            return sign_trust(TrustList([entry], sequence=self.sequence), NOW, NATION)
        name = url.rpartition("/")[2].partition("?")[0]
        if "since=" in url:
            since = int(url.partition("since=")[2])
            newly = tuple(self.revoked)
            delta = Delta(issuer="330000", list_id=name, since=since, version=since + 1, as_of=NOW, newly=newly)
            return sign_delta(delta, REGION)
        return sign_list(StatusList.of("330000", name, self.revoked, SIZE, 1, NOW), REGION)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server()
    monkeypatch.setattr(checkpoint, "_get", made.get)
    return made


@pytest.fixture
def run(tmp_path: Path) -> Run:
    anchor = tmp_path / "trust-anchor.pem"
    anchor.write_bytes(NATION.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

    def go(*arguments: str, **more: Any) -> Result:
        words = [each.replace("ANCHOR", str(anchor)) for each in arguments]
        return CliRunner().invoke(app, [*words], env={"HC_TRUST": str(tmp_path / "lists")}, **more)

    return go


UPDATE = ("trust", "update", "http://nation", "--anchor", "ANCHOR", "--region", "330000=http://region", "--json")


def code(index: int = 5) -> str:
    holder_key = DEVICE.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    claims = Claims(
        issuer="330000", issued_at=NOW, expires_at=NOW + timedelta(days=1), credential_id=bytes(16),
        status=Status.LOW, since=NOW, region="330000", holder_key=holder_key,
        status_list=StatusReference(index, f"{NOW:%Y%m%d}-0"),
    )  # fmt: skip
    return encode(claims, REGION)


def live(text: str) -> str:
    return show(text, int(datetime.now(UTC).timestamp()), DEVICE.sign)


def test_lists_are_fetched_once_and_then_by_what_is_new(server: Server, run: Run) -> None:
    assert json.loads(run(*UPDATE).stdout) == {"trust_list": 7, "regions": 0, "status_lists": 2}
    assert run("verify", live(code())).exit_code == 0
    server.revoked = [5]
    server.asked.clear()
    assert run(*UPDATE).exit_code == 0
    assert [url for url in server.asked if "since=1" in url] == [url for url in server.asked if "lists/" in url]
    answer = run("verify", live(code()), "--json")
    assert (answer.exit_code, json.loads(answer.stdout)["verdict"]) == (NOT_ALL, "revoked")


def test_each_answer_says_what_to_do(server: Server, run: Run) -> None:
    run(*UPDATE)
    valid = run("verify", "-", input=live(code()) + "\n")
    assert (valid.exit_code, "may_enter" in valid.stdout) == (0, True)
    picture = run("verify", code())
    assert (picture.exit_code, "请打开应用" in picture.stdout) == (NOT_ALL, True)
    assert run("verify", code(), "--no-live").exit_code == 0
    assert json.loads(run("verify", "nonsense", "--json").stdout)["verdict"] == "malformed"


def test_a_code_is_taken_apart_without_believing_it(run: Run) -> None:
    shown = json.loads(run("inspect", live(code()), "--json").stdout)
    assert (shown["kid"], shown["claims"]["1"]) == (REGION.kid.hex(), "330000")
    assert isinstance(run("inspect", "HC1:NO").exception, CliError)


def test_what_is_not_the_nations_or_was_true_once_is_refused(server: Server, run: Run) -> None:
    run(*UPDATE)
    server.sequence = 6
    older = run(*UPDATE).exception
    assert isinstance(older, CliError)
    assert (older.code, "older" in str(older)) == (REFUSED, True)


def test_without_lists_it_says_what_to_run(run: Run) -> None:
    missing = run("verify", code()).exception
    assert isinstance(missing, CliError)
    assert "trust update" in str(missing)


def test_a_proof_is_checked_and_a_changed_one_is_told(server: Server, run: Run, tmp_path: Path) -> None:
    run(*UPDATE)
    leaf = leaf_of(commitment(bytes(16), "s1", 1, NOW, b'{"color":"red"}'))
    what = Seal(region="330000", day=NOW.date(), size=1, root=root_of([leaf]), sealed_at=NOW)
    signed = sign_seal(what, REGION)
    given = FindingProof(
        subject="s1", sequence=1, reviewed_at=NOW, finding=b'{"color":"red"}', salt=bytes(16), index=0, path=(),
        seal=signed, countersigned=countersign(signed, NATION, NOW),
    ).to_json()  # fmt: skip
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(given), "utf-8")
    shown = json.loads(run("proof", str(file), "--json").stdout)
    assert (shown["finding"], shown["sealed"]["root"]) == ({"color": "red"}, root_of([leaf]).hex())
    assert shown["seen_by_the_nation"] == NOW.isoformat()
    file.write_text(json.dumps(given | {"finding": '{"color":"green"}'}), "utf-8")
    assert "not in the tree" in str(run("proof", str(file)).exception)
