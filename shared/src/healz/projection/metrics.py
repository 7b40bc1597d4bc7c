"""What a projector measures about itself."""

from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from opentelemetry import metrics

from healz.events import Recorded
from healz.metrics.define import counter, seconds
from healz.metrics.tenants import TenantLabels
from healz.projection.fold import Logged
from healz.projection.shape import Projection

BY = "projector-*"
READ_MODEL = "read_model"
CAUSE = "cause"
OF = {READ_MODEL: "`patient`, `appointment`, `journey`"}

ERRORS = counter(
    "projection.error_rate",
    "{error}",
    by=BY,
    tells="What went wrong. `batch`: all of one failed, and is tried again (the database is away, mostly); "
    "`tenant`: one tenant's events can't be applied; `patient`: one was parked; `record`: a record of the topic "
    "that is no event of the store.",
    labels=OF | {CAUSE: "`batch`, `tenant`, `patient`, `record`"},
)
PROCESSING_TIME = seconds(
    "projection.processing_time",
    by=BY,
    tells="From a batch's records to its commit. It grows with large batches (much to do), and with a slow database.",
    labels=OF,
)
HOLES_FILLED = counter(
    "projection.holes_filled",
    "{event}",
    by=BY,
    tells="Events that the topic lacked where a batch went on, and that came from the store.",
    labels=OF,
)
RECONCILED = counter(
    "projection.reconciled",
    "{event}",
    by=BY,
    tells="Events that came by reconcile, of tenants whom the topic had left behind. Many: Kafka is away, or has lost "
    "some.",
    labels=OF,
)


class ProjectionMetrics:
    """Of one projector."""

    def __init__(self, projection: Projection[Any], tenants_max: int = 0) -> None:
        self._labels = {READ_MODEL: projection.schema}
        self._errors = {cause: self._labels | {CAUSE: cause} for cause in ("batch", "tenant", "patient", "record")}
        self._figures = projection.figures
        self._tenants = TenantLabels(tenants_max)

    def begin(self) -> None:
        """Shows from the start what may never come: a rate needs a 0 before the first."""
        for labels in self._errors.values():
            ERRORS.add(0, labels)
        HOLES_FILLED.add(0, self._labels)
        RECONCILED.add(0, self._labels)
        if not self._tenants.are_named:
            for figure in self._figures.values():
                figure.counter.add(0)

    def error(self, cause: str, times: int = 1) -> None:
        """One of ``ERRORS``' causes."""
        ERRORS.add(times, self._errors[cause])

    def processed(self, seconds: float) -> None:
        """A batch took so long."""
        PROCESSING_TIME.record(seconds, self._labels)

    def holes_filled(self, events: int) -> None:
        """So many came from the store instead of the topic."""
        HOLES_FILLED.add(events, self._labels)

    def reconciled(self, events: int) -> None:
        """So many came by reconcile."""
        if events:
            RECONCILED.add(events, self._labels)

    def applied(self, tenant_id: UUID, events: Iterable[Logged]) -> None:
        """Counts, for the clinics' figures, a tenant's events that the rows hold from now on."""
        if not self._figures:
            return
        counts: Counter[metrics.Counter] = Counter()
        for event in events:
            if isinstance(event, Recorded) and (figure := self._figures.get(type(event.event_data))) is not None:
                counts[figure.counter] += figure.such(event.event_data)
        for counted, times in counts.items():
            counted.add(times, self._tenants.of(tenant_id))
