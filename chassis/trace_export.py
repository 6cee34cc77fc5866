"""Where traces go: to a collector by OTLP over HTTP. Imported only where that is asked for."""

from collections.abc import Sequence
from typing import Final

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased, Sampler, SamplingResult, TraceIdRatioBased
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes

QUEUE: Final = 4096  # spans that wait; beyond, new ones are dropped rather than anybody held up
EXPORT_SECONDS: Final = 5.0


class Sampled(Sampler):
    """By ratio at the request; what follows goes by its parent; a batch is kept when one of its records is."""

    def __init__(self, ratio: float) -> None:
        """`ratio`: from 0 to 1."""
        self._ratio = ratio
        self._by_parent = ParentBased(TraceIdRatioBased(ratio))

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """See Sampler."""
        sampler = ALWAYS_ON if links else self._by_parent
        return sampler.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        """See Sampler."""
        return f"healthcode({self._ratio})"


def provider_for(
    ratio: float, endpoint: str, *, region: str, service: str, version: str, exporter: SpanExporter | None = None
) -> TracerProvider:
    """A provider that sends to `endpoint`, as http://collector:4318. `exporter` takes its place in tests."""
    resource = Resource({"service.name": service, "service.version": version, "hc.region": region})
    provider = TracerProvider(Sampled(ratio), resource, span_limits=SpanLimits(max_links=128), shutdown_on_exit=False)
    out = exporter or OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(out, max_queue_size=QUEUE, schedule_delay_millis=1000))
    return provider
