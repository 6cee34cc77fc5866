"""A real Prometheus over processes of this machine, with the rules that are deployed: for the test and the pictures."""

import contextlib
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import yaml

HERE: Final = Path(__file__).parent / "prometheus"
IMAGE: Final = "prom/prometheus:v2.53.3"
START_SECONDS: Final = 60


class ScraperError(Exception):
    """Prometheus did not start, or refused a query; the text is what it says."""


@dataclass(frozen=True)
class Prometheus:
    """One that runs. `url` is its own page too."""

    url: str

    def query(self, expr: str) -> list[dict[str, Any]]:
        """What an expression gives now. Raises ScraperError for one that it does not understand."""
        return self._ask("query", {"query": expr})

    def query_range(self, expr: str, start: float, end: float, step: float) -> list[dict[str, Any]]:
        """What it gave from `start` to `end`, in seconds since 1970."""
        times = {"start": str(start), "end": str(end), "step": str(step)}
        return self._ask("query_range", {"query": expr, **times})

    def names(self) -> set[str]:
        """The names of all series."""
        answer: list[str] = httpx.get(f"{self.url}/api/v1/label/__name__/values").json()["data"]
        return set(answer)

    def rules(self) -> list[dict[str, Any]]:
        """All rules, with their state and health."""
        groups = httpx.get(f"{self.url}/api/v1/rules").json()["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def _ask(self, path: str, parameters: Mapping[str, str]) -> list[dict[str, Any]]:
        answer = httpx.post(f"{self.url}/api/v1/{path}", data=dict(parameters), timeout=30).json()
        if answer["status"] != "success":
            raise ScraperError(f"{parameters['query']}\n{answer['error']}")
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result


@contextlib.contextmanager
def prometheus_over(targets: Mapping[str, int], folder: Path, *, interval: str = "1s") -> Iterator[Prometheus]:
    """A container that scrapes these ports of 127.0.0.1, each under the name of its container.

    The configuration is the deployed one but for where the targets are and how often they are asked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prometheus.yml").write_text(yaml.safe_dump(_configuration(targets, interval)), "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    name = f"healthcode-prometheus-{secrets.token_hex(4)}"
    command = ["docker", "run", "--rm", "--detach", "--name", name, "--network", "host"]
    command += ["--volume", f"{folder.resolve()}/prometheus.yml:/etc/prometheus/prometheus.yml:ro"]
    command += ["--volume", f"{HERE.resolve()}/rules.yaml:/etc/prometheus/rules.yaml:ro", IMAGE]
    command += ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
    command += [f"--web.listen-address=127.0.0.1:{port}"]
    started = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if started.returncode:
        raise ScraperError(started.stderr)
    try:
        running = Prometheus(f"http://127.0.0.1:{port}")
        _wait_for(running, name)
        yield running
    finally:
        subprocess.run(["docker", "rm", "--force", name], capture_output=True, check=False)  # noqa: S603, S607 - as above


def _configuration(targets: Mapping[str, int], interval: str) -> dict[str, Any]:
    deployed: dict[str, Any] = yaml.safe_load((HERE / "prometheus.yaml").read_text("utf-8"))
    (job,) = deployed["scrape_configs"]
    static = [{"targets": [f"127.0.0.1:{port}"], "labels": {"container": name}} for name, port in targets.items()]
    deployed["global"] = {"scrape_interval": interval, "evaluation_interval": interval}
    deployed["scrape_configs"] = [{"job_name": job["job_name"], "static_configs": static}]
    return deployed


def _wait_for(running: Prometheus, name: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{running.url}/-/ready").is_success:
                return
        time.sleep(0.1)
    said = subprocess.run(["docker", "logs", name], capture_output=True, text=True, check=False)  # noqa: S603, S607 - as above
    raise ScraperError(f"Prometheus is not ready after {START_SECONDS} s:\n{said.stderr[-2000:]}")
