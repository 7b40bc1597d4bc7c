"""Whether the log, the topic and the read models say the same. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from healz_local.demo.counts import StoredFigures
from healz_local.demo.topic import Published


@dataclass(frozen=True)
class Comparison:
    """One type of event: how often each of them has it. ``read_models``: None where it keeps no such figure."""

    event_type: str
    written: int
    published: int
    read_models: dict[str, int | None]


def compare(stored: StoredFigures, published: Published) -> list[Comparison]:
    """A line per type of event that anybody has."""
    types = {*stored.by_type, *published.by_type}
    for figures in stored.read_models.values():
        types |= {name for name, number in figures.items() if number}
    return [
        Comparison(
            name,
            stored.by_type.get(name, 0),
            published.by_type[name],
            {model: figures.get(name) for model, figures in stored.read_models.items()},
        )
        for name in sorted(types, key=_as_in_life)
    ]


def differences(stored: StoredFigures, published: Published, rows_fed: int) -> Iterator[str]:
    """A sentence for each thing that does not agree."""
    for line in compare(stored, published):
        if line.published != line.written:
            yield f"{line.event_type}: {line.written:,} in PostgreSQL, {line.published:,} in Kafka"
        for model, number in line.read_models.items():
            if number not in (None, line.written):
                yield f"{line.event_type}: {line.written:,} in PostgreSQL, {number:,} in the {model} read model"
    if published.twice:
        yield f"{published.twice:,} records are in Kafka twice"
    if stored.progress.written != sum(stored.by_type.values()):
        yield f"position {stored.progress.written:,}, but {sum(stored.by_type.values()):,} events"
    if stored.imported < rows_fed:
        yield f"{rows_fed:,} rows were fed, but only {stored.imported:,} imported bookings are there"


def _as_in_life(event_type: str) -> tuple[int, str]:
    """The order in which a patient meets them; all others come after."""
    order = ("PatientRegistered", "AppointmentScheduled", "AppointmentReminderSent", "AppointmentCompleted",
             "AppointmentMarkedAsNoShow", "JourneyStarted", "JourneyStageChanged", "RiskDetected",
             "RiskScoreRecalculated", "RiskEscalated", "JourneyAbandoned", "JourneyCompleted")  # fmt: skip
    return (order.index(event_type) if event_type in order else len(order), event_type)
