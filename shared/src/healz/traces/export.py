"""How spans leave a process: by OTLP over HTTP; not at all, where no variable says so."""

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Thread
from typing import TYPE_CHECKING

from healz.service_resource import resource_of
from healz.settings import TracesSettings
from healz.traces.recorder import Recorder, recording

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

log = logging.getLogger(__name__)

END_SECONDS_MAX = 3.0
"""How long a process that ends waits for a collector."""
CONVENTIONS = "https://opentelemetry.io/schemas/1.45.0"


@contextmanager
def exporting_traces(settings: TracesSettings, service: str) -> Iterator[None]:
    """Exports this process' spans meanwhile; what was not sent by the end, is sent then.

    Enter it after the last fork: it has a thread. Whatever is wrong with the variables ends nothing: then there are no
    traces.
    """
    with ExitStack() as stack:
        if settings.traces_are_exported:
            try:
                provider = _provider(settings, service, stack)
            except Exception as error:  # whatever one of its many variables makes it raise
                log.error("no traces are recorded", extra={"reason": repr(error)})  # noqa: TRY400  # the reason says it
            else:
                if provider is not None:
                    stack.callback(_end, provider)
        yield


def _provider(settings: TracesSettings, service: str, stack: ExitStack) -> "TracerProvider | None":
    # Imported by whom it is for: they take a quarter of a second.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.environment_variables import OTEL_SPAN_LINK_COUNT_LIMIT
    from opentelemetry.sdk.trace import SpanLimits, TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

    from healz.traces.sampling import LinkedToo, follows_flags, wanted_by

    # 128 by default: of a batch's requests all others would be lost.
    most = None if OTEL_SPAN_LINK_COUNT_LIMIT in os.environ else SpanLimits.UNSET
    limits = SpanLimits(max_links=most)
    provider = TracerProvider(resource=resource_of(service), shutdown_on_exit=False, span_limits=limits)
    sampler = provider.sampler
    if sampler is ALWAYS_OFF:
        return None
    provider.sampler = LinkedToo(sampler)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    own = Recorder(
        provider.get_tracer("healz", schema_url=CONVENTIONS),
        wanted_by(sampler),
        follows_flags(sampler),
        settings.healz_traces_tenants,
    )
    stack.enter_context(recording(own))
    return provider


def _end(provider: "TracerProvider") -> None:
    # By itself it waits for half a minute.
    ending = Thread(target=provider.shutdown, daemon=True)
    ending.start()
    ending.join(END_SECONDS_MAX)
