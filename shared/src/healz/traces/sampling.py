"""Which spans are recorded, as OTEL_TRACES_SAMPLER says: of batches those with a request that is."""

from collections.abc import Callable, Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, Sampler, SamplingResult
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, TraceState
from opentelemetry.trace.propagation import set_span_in_context
from opentelemetry.util.types import Attributes


def follows_flags(sampler: Sampler) -> bool:
    """Whether it records a span's children wherever that is recorded, and nowhere else."""
    return isinstance(sampler, ParentBased)


def wanted_by(sampler: Sampler) -> Callable[[SpanContext], bool]:
    """Whether it would record a span's child."""

    def wanted(context: SpanContext) -> bool:
        parent = set_span_in_context(NonRecordingSpan(context), Context())
        return sampler.should_sample(parent, context.trace_id, "").decision is Decision.RECORD_AND_SAMPLE

    return wanted


class LinkedToo(Sampler):
    """A batch's span is a trace's first, and drawn by itself it would be missing in most requests' traces: it is
    recorded with those that it links to, which were asked about one by one."""

    def __init__(self, own: Sampler) -> None:
        self._own = own

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
        if links:
            return SamplingResult(Decision.RECORD_AND_SAMPLE, attributes)
        return self._own.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        return f"LinkedToo{{{self._own.get_description()}}}"
