"""What spans are recorded with: nothing at all, unless a process exports them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TypeAlias

from opentelemetry.context import Context
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation import set_span_in_context

Attributes: TypeAlias = Mapping[str, str | int]

ERROR_TYPE = "error.type"
NOTHING: AbstractContextManager[None] = nullcontext()
ROOT = Context()


@dataclass(frozen=True)
class Recorder:
    """``is_wanted``: whether what belongs to this span is recorded, as the sampler says; ``follows_flags``: it is where
    the span is.

    ``names_tenants``: whether a span may name one.
    """

    tracer: Tracer
    is_wanted: Callable[[SpanContext], bool]
    follows_flags: bool
    names_tenants: bool = False

    def begin(self, name: str, kind: SpanKind, parent: SpanContext | None, attributes: Attributes) -> Span:
        """A span that the caller ends; its parent is told, never taken from what else goes on."""
        context = ROOT if parent is None else set_span_in_context(NonRecordingSpan(parent), ROOT)
        return self.tracer.start_span(name, context, kind, attributes)

    @contextmanager
    def child(self, name: str, kind: SpanKind, parent: SpanContext, attributes: Attributes) -> Iterator[None]:
        """A span of what is done meanwhile for one request."""
        yield from _until_done(self.begin(name, kind, parent, attributes))

    @contextmanager
    def batch(self, name: str, kind: SpanKind, links: Sequence[Link], attributes: Attributes) -> Iterator[None]:
        """A span of what is done meanwhile for all of ``links`` together: it is nobody's child."""
        yield from _until_done(self.tracer.start_span(name, ROOT, kind, attributes, links))


def error_type(error: BaseException) -> str:
    """By what kind of error something failed: PostgreSQL's code, else the class. Never its text, which may quote a
    patient."""
    return getattr(error, "sqlstate", None) or type(error).__name__


def _until_done(span: Span) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        span.set_attribute(ERROR_TYPE, error_type(error))
        span.set_status(Status(StatusCode.ERROR))
        raise
    finally:
        span.end()


_recorder: Recorder | None = None


def recorder() -> Recorder | None:
    """This process'; None: it records no spans."""
    return _recorder


@contextmanager
def recording(own: Recorder) -> Iterator[None]:
    """With this one meanwhile."""
    global _recorder  # one per process, as its exporter is
    _recorder = own
    try:
        yield
    finally:
        _recorder = None
