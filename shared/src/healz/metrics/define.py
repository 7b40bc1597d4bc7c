"""Instruments, each defined once beside what it measures: name, unit, labels, and what it tells.

They are proxies: in a process that exports nothing, each call of them is a few hundredths of a microsecond.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Observation

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Histogram buckets for what takes from a millisecond to ten seconds. (OpenTelemetry's own begin at 5, made for ms.)"""
UNITS = {"s": "_seconds", "By": "_bytes"}
"""What Prometheus' names end with besides, unless they do already."""

_meter = metrics.get_meter("healz")


@dataclass(frozen=True)
class Definition:
    """What a metric is. ``by``: which processes export it. ``labels``: what each says. ``unit``: as UCUM writes it."""

    name: str
    kind: Literal["counter", "histogram", "gauge"]
    unit: str
    by: str
    tells: str
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def prometheus_name(self) -> str:
        """As it is called there; a histogram's series add ``_bucket``, ``_sum`` and ``_count``."""
        name, ending = self.name.replace(".", "_"), UNITS.get(self.unit, "")
        return name + ("" if name.endswith(ending) else ending) + ("_total" if self.kind == "counter" else "")


DEFINED: dict[str, Definition] = {}
"""By name, of all modules that are imported."""


def counter(name: str, unit: str, *, by: str, tells: str, labels: Mapping[str, str] | None = None) -> Counter:
    """Counts since the process began."""
    _define(Definition(name, "counter", unit, by, tells, labels or {}))
    return _meter.create_counter(name, unit, tells)


def seconds(
    name: str, *, by: str, tells: str, labels: Mapping[str, str] | None = None, buckets: Sequence[float] = SECONDS
) -> Histogram:
    """A histogram of how long something took."""
    _define(Definition(name, "histogram", "s", by, tells, labels or {}))
    return _meter.create_histogram(name, "s", tells, explicit_bucket_boundaries_advisory=buckets)


def gauge(
    name: str,
    unit: str,
    read: Callable[[], Iterable[Observation]],
    *,
    by: str,
    tells: str,
    labels: Mapping[str, str] | None = None,
) -> None:
    """What ``read`` says at each export; no series where it says nothing. It may be called in any thread."""
    _define(Definition(name, "gauge", unit, by, tells, labels or {}))

    def observe(_: CallbackOptions) -> Iterable[Observation]:
        return read()

    _meter.create_observable_gauge(name, [observe], unit, tells)


class Count:
    """A counter that is counted all the time: adding to ``total`` is all that it costs, and exports read it."""

    def __init__(self, name: str, unit: str, *, by: str, tells: str) -> None:
        self.total = 0
        _define(Definition(name, "counter", unit, by, tells))
        _meter.create_observable_counter(name, [self._observe], unit, tells)

    def _observe(self, _: CallbackOptions) -> Iterable[Observation]:
        return [Observation(self.total)]


class LastSeen:
    """The values that were seen last, as a gauge reads them; none once they are forgotten."""

    def __init__(self) -> None:
        self._seen: Sequence[Observation] = ()

    def __call__(self) -> Iterable[Observation]:
        return self._seen

    def see(self, value: float | None, labels: Mapping[str, str] | None = None) -> None:
        """From now on it is this; None: nobody knows."""
        self._seen = () if value is None else (Observation(value, labels),)

    def see_each(self, values: Mapping[str, float], label: str) -> None:
        """From now on it is each of these, by what ``label`` says."""
        self._seen = [Observation(value, {label: name}) for name, value in values.items()]


def _define(definition: Definition) -> None:
    if definition.name in DEFINED:
        raise ValueError(f"the metric {definition.name} is defined twice")
    DEFINED[definition.name] = definition
