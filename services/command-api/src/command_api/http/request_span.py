"""The span of a request, by the stable HTTP conventions of OpenTelemetry: ids and figures of no person."""

from opentelemetry.trace import Span, SpanContext, SpanKind, Status, StatusCode

from command_api.http.metrics import METHOD, METHODS, OTHER, ROUTE
from command_api.http.metrics import STATUS as STATUS_CODE
from healz.traces.recorder import ERROR_TYPE, Recorder

PATH, SCHEME = "url.path", "url.scheme"


def begin_span(recorder: Recorder, method: str, scheme: str, parent: SpanContext | None) -> Span:
    """``parent``: of who asks."""
    known = method in METHODS
    about = {METHOD: method if known else OTHER, SCHEME: scheme}
    return recorder.begin(method if known else "HTTP", SpanKind.SERVER, parent, about)


def say_answer(span: Span, method: str, route: str | None, status: int) -> None:
    """What is known once the answer begins. The path is the route: the ids in it are of persons, and left out, as the
    conventions allow; of a path that is no route nothing is said, for it may hold anything."""
    span.set_attribute(STATUS_CODE, status)
    if route is not None:
        span.set_attributes({ROUTE: route, PATH: route})
        span.update_name(f"{method if method in METHODS else 'HTTP'} {route}")
    if status >= 500:
        span.set_attribute(ERROR_TYPE, str(status))
        span.set_status(Status(StatusCode.ERROR))
