"""docs/metrics.md: each metric, from its definition beside what it measures."""

import command_api.http.metrics
import command_api.metrics
import command_api.relay.metrics
import command_api.relay.storage
import healz.metrics.pools
import healz.projection.metrics
import healz.projection.observed
import healz_local.scheduler
import projector_appointment.figures
import projector_journey.figures
from healz.metrics.define import DEFINED, Definition
from pages.blocks import code, table

DEFINED_IN = (
    command_api.http.metrics,
    command_api.metrics,
    command_api.relay.metrics,
    command_api.relay.storage,
    healz.projection.metrics,
    healz.projection.observed,
    projector_appointment.figures,
    projector_journey.figures,
    healz_local.scheduler,
    healz.metrics.pools,
)
"""Imported, so that all are defined; a test holds that there are no others."""


def blocks() -> dict[str, str]:
    """By who exports them."""
    return {
        by: table(["metric", "kind, unit", "labels", "tells"], map(_row, definitions))
        for by, definitions in _by_process().items()
    }


def _by_process() -> dict[str, list[Definition]]:
    found: dict[str, list[Definition]] = {}
    for definition in sorted(DEFINED.values(), key=lambda definition: definition.name):
        found.setdefault(definition.by, []).append(definition)
    return found


def _row(definition: Definition) -> list[str]:
    names = code(definition.name) + "<br>" + code(definition.prometheus_name)
    labels = "<br>".join(f"{code(name)} {means}" for name, means in definition.labels.items())
    return [names, f"{definition.kind}, {definition.unit}", labels, definition.tells]
