"""Who it is that measures and records, as OpenTelemetry calls it: a resource."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource


def resource_of(service: str) -> "Resource":
    """This process', under its service's name. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say more or otherwise."""
    # Imported by whom it is for: it takes a while.
    from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource

    return Resource.create({SERVICE_NAME: service}).merge(OTELResourceDetector().detect())
