"""One declaration on a region of real processes, traced to a collector: one connected trace, nothing personal in it."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from chassis.trace import ATTRIBUTES
from deploy.local.stack import Stack
from tests.support.callers import citizen, colored, subject
from tests.support.people import declaration, id_number
from tests.support.polling import eventually
from tests.support.region import region_processes

pytestmark = pytest.mark.embedded

REGION = "540000"
PERSON = 11
SERVICES = ("declaration", "audit", "issuer")


@dataclass(frozen=True)
class Seen:
    """A span as the collector got it."""

    service: str
    name: str
    trace: bytes
    span: bytes
    parent: bytes
    attributes: frozenset[str]


class Collector:
    """Takes traces by OTLP over HTTP."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def spans(self) -> list[Seen]:
        found = []
        for body in self.bodies:
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                (service,) = [a.value.string_value for a in resource.resource.attributes if a.key == "service.name"]
                found += [
                    Seen(
                        service, s.name, s.trace_id, s.span_id, s.parent_span_id, frozenset(a.key for a in s.attributes)
                    )
                    for scope in resource.scope_spans
                    for s in scope.spans
                ]
        return found


@contextmanager
def collecting() -> Iterator[tuple[Collector, str]]:
    collector = Collector()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            collector.bodies.append(gzip.decompress(body) if self.headers["content-encoding"] == "gzip" else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield collector, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_one_declaration_is_one_trace_from_the_request_to_the_code(
    stack: Stack, database_url: str, tmp_path: Path
) -> None:
    with collecting() as (collector, endpoint):
        more = {"HC_OTLP_ENDPOINT": endpoint, "HC_TRACE_RATIO": "1"}
        with region_processes(stack, database_url, tmp_path, REGION, more) as region:
            region.spawn("api", "services", "--region", REGION, "api")
            for service in SERVICES:
                region.spawn(service, f"services.{service}", "worker", "relay")
            region.wait_ready()
            person = citizen(region, PERSON)
            accepted = person.post("/v1/declarations", json=declaration(PERSON))
            assert accepted.status_code == httpx.codes.ACCEPTED
            colored(person, "green")
            last = f"process hc.{REGION}.codes.v1"
            eventually("the whole trace", lambda: last in {span.name for span in collector.spans()})
            pseudonym = subject(region, PERSON)
        spans = collector.spans()  # what the processes still had they have sent when they ended
    root = next(span for span in spans if span.name == "POST /v1/declarations")
    ours = {span.span: span for span in spans if span.trace == root.trace}
    expected = {"healthcode", *(f"healthcode.{service}" for service in SERVICES)}
    assert {span.service for span in ours.values()} == expected
    assert [span.name for span in ours.values() if span.parent not in ours] == [root.name]
    for topic in ("declarations.v1", "findings.v1", "codes.v1"):
        names = {span.name for span in ours.values()}
        assert {f"publish hc.{REGION}.{topic}", f"process hc.{REGION}.{topic}"} <= names
    assert frozenset().union(*(span.attributes for span in spans)) <= ATTRIBUTES
    sent = b"".join(collector.bodies)
    for personal in (id_number(PERSON), pseudonym, accepted.json()["id"], f"测试{PERSON}", "文三路"):
        assert personal.encode() not in sent
