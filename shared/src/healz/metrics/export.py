"""How metrics leave a process: Prometheus asks for them, OTLP sends them; neither, where no setting says so."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from healz.service_resource import resource_of
from healz.settings import MetricsSettings

log = logging.getLogger(__name__)

END_MS_MAX = 3000
"""How long a process that ends waits for a collector."""


@contextmanager
def exporting(settings: MetricsSettings, service: str, process: int = 0) -> Iterator[None]:
    """Exports what this process measures meanwhile; what OTLP has not sent by the end, it sends then.

    Enter it after the last fork: both ways have a thread. ``process`` is the number of one of several that serve
    together; each has a port of its own, this many after the setting's. A port that can't be had ends nothing.
    """
    if not settings.metrics_are_exported:
        yield
        return
    # Imported by whom it is for: they take a quarter of a second.
    from opentelemetry import metrics
    from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider
    from opentelemetry.sdk.metrics.export import MetricReader

    readers: list[MetricReader] = []
    if settings.healz_metrics_port:
        from opentelemetry.exporter.prometheus import PrometheusMetricReader
        from prometheus_client import start_http_server

        # The one scope is ours: its name on each series would only make scrapes larger.
        readers.append(PrometheusMetricReader(scope_info_enabled=False))
        address = settings.healz_metrics_host, settings.healz_metrics_port + process
        try:
            start_http_server(address[1], address[0])
        except (OSError, OverflowError) as error:
            about = {"host": address[0], "port": address[1], "reason": repr(error)}
            # The reason is in the line; a traceback adds nothing.
            log.error("nobody can ask for metrics: the port can't be had", extra=about)  # noqa: TRY400
    if settings.otlp_is_set:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

        try:
            readers.append(PeriodicExportingMetricReader(OTLPMetricExporter()))
        except Exception as error:  # whatever one of its many variables makes it raise
            log.error("nothing is sent by OTLP", extra={"reason": repr(error)})  # noqa: TRY400  # as above
    # No exemplars: they would lead to single traces, and cost each measurement something.
    provider = MeterProvider(readers, resource_of(service), exemplar_filter=AlwaysOffExemplarFilter())
    metrics.set_meter_provider(provider)
    try:
        yield
    finally:
        provider.shutdown(timeout_millis=END_MS_MAX)
