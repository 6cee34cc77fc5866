"""One act's trace from request to request's last consequence, and what never stands in it."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis import carry, outbox, trace
from chassis.kafka.model import Headers, Record
from chassis.trace_export import provider_for
from healthcode.envelope import Encoded

SUBJECT = "mzxw6ytboi4dsmjqgeydcmbqga"
KEY = SUBJECT.encode()
NOW = datetime(2026, 11, 25, tzinfo=UTC)
OWN = (("ce_id", b"0193e2"), ("ce_subject", KEY))
DECLARATIONS, FINDINGS = "hc.330000.declarations.v1", "hc.330000.findings.v1"
FORGED = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Exported:
    """A tracer of this process, and what it has sent."""

    def __init__(self, ratio: float) -> None:
        self._exporter = InMemorySpanExporter()
        self._provider = provider_for(
            ratio, "http://127.0.0.1:9", region="330000", service="healthcode", version="1", exporter=self._exporter
        )
        trace.use(self._provider)

    def spans(self) -> list[ReadableSpan]:
        self._provider.force_flush()
        return list(self._exporter.get_finished_spans())


@pytest.fixture
def exported() -> Iterator[Exported]:
    yield Exported(1.0)
    trace.finish()


class Connection:
    """As much of one as the outbox needs."""

    def __init__(self) -> None:
        self.rows: list[Any] = []

    async def copy_records_to_table(self, _table: str, *, records: list[Any], columns: object) -> None:
        assert columns == outbox.COLUMNS
        self.rows += records

    async def execute(self, *_: object) -> None:
        """NOTIFY."""


async def stored(topic: str, *, lane: int = 0, beside: carry.Carried = ()) -> Headers:
    """The headers of an event of the person as the outbox keeps them."""
    connection = Connection()
    message = Encoded(topic, KEY, b"{}", OWN)
    await outbox.append(connection, "audit", [message], lane=lane, beside=beside)  # type: ignore[arg-type] # a part of one
    return outbox.decode_headers(connection.rows[0][3])


async def declared() -> Record:
    """A declaration as it lies on its topic, published from the outbox."""
    request = trace.request("POST")
    trace.sets_off(SUBJECT)
    headers = await stored(DECLARATIONS, beside=carry.accepted_now())
    if request is not None:
        request.end("POST", "/v1/declarations", 202)
    headers, span = trace.publishing(DECLARATIONS, headers, NOW)
    trace.published([span])
    return Record(DECLARATIONS, 0, 0, KEY, b"{}", headers)


async def concluded(record: Record) -> Headers:
    """What the audit publishes of it."""
    with trace.processing("audit.review", [record]) as following, carry.carrying([record], following):
        return await stored(FINDINGS)


async def test_a_declaration_and_all_that_follows_from_it_are_one_trace(exported: Exported) -> None:
    finding = await concluded(await declared())
    spans = {span.name: span for span in exported.spans()}
    chain = ["POST /v1/declarations", f"publish {DECLARATIONS}", f"process {DECLARATIONS}"]
    assert spans.keys() == {*chain, "batch audit.review"}
    for before, after in itertools.pairwise(chain):
        parent = spans[after].parent
        assert parent is not None
        assert parent.span_id == spans[before].context.span_id
        assert parent.trace_id == spans[chain[0]].context.trace_id
    assert dict(finding)[carry.TRACE].split(b"-")[2] == f"{spans[chain[-1]].context.span_id:016x}".encode()
    assert carry.accepted_at(finding) is not None, "and it still says when it was accepted"
    batch = spans["batch audit.review"]
    assert batch.parent is None
    assert [link.context.span_id for link in batch.links] == [spans[chain[-1]].context.span_id]


async def test_no_id_path_value_or_exception_stands_in_a_span(exported: Exported) -> None:
    record = await declared()
    with pytest.raises(LookupError), trace.processing("audit.review", [record]):
        raise LookupError(SUBJECT)
    for span in exported.spans():
        assert set(span.attributes or {}) <= trace.ATTRIBUTES
        assert span.events == ()
        assert SUBJECT not in span.to_json()
        assert "0193e2" not in span.to_json()
    failed = next(span for span in exported.spans() if span.name.startswith("process"))
    assert (failed.status.is_ok, failed.status.description) == (False, None)


async def test_nothing_crosses_the_border(exported: Exported) -> None:
    """What leaves for the nation is signed with all its `ce_` headers: none may come after the signature."""
    record = await declared()
    with trace.processing("recognition.home", [record]) as following, carry.carrying([record], following):
        assert tuple(await stored("hc.national.330000.inbox.v1", lane=1)) == OWN


async def test_what_is_not_sampled_carries_no_trace_and_what_others_forge_is_none() -> None:
    exported = Exported(0.0)
    try:
        record = await declared()
        assert [name for name, _ in carry.of(record.headers)] == [carry.ACCEPTED]
        assert exported.spans() == []
    finally:
        trace.finish()
    for value in (b"", b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-01", b"01" + FORGED[2:], FORGED + b"0"):
        assert trace.publishing(FINDINGS, (*OWN, (carry.TRACE, value)), NOW)[1] is None


async def test_off_it_passes_on_what_others_trace() -> None:
    trace.use(None)
    assert trace.request("POST") is None
    headers = (*OWN, (carry.TRACE, FORGED))
    assert trace.publishing(FINDINGS, headers, NOW) == (headers, None)
    assert carry.of(await concluded(Record(DECLARATIONS, 0, 0, KEY, b"{}", headers))) == headers[-1:]


async def test_a_batch_has_so_many_spans_and_no_more(exported: Exported) -> None:
    records = [Record(DECLARATIONS, 0, n, b"%d" % n, b"{}", (*OWN, (carry.TRACE, FORGED))) for n in range(150)]
    with trace.processing("audit.review", records) as following:
        assert all(following(record) for record in records)
    assert len(exported.spans()) == trace.MOST_IN_A_BATCH + 1
