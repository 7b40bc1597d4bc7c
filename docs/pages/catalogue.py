"""docs/events.md: each event, from its class and from what the played examples lead to."""

from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel

from healz.events import EVENTS, Event, Recorded, message_details
from healz.events.corrected import InClinic, InJourney
from healz.events.patient_details import Address, MedicalHistory, Preferences
from healz.events.risk import Factor, Statistics
from healz.events.upcast import UPCASTERS
from pages.blocks import code, table
from pages.effects import TABLES, effects
from pages.kinds import kind, may_be_null
from pages.meanings import meaning, meanings
from pages.played import asked_by, follows
from pages.stage_table import moves_of, rows_of

OBJECTS: tuple[type[BaseModel], ...] = (
    *(Address, Preferences, MedicalHistory, InClinic, InJourney, Factor, Statistics),
    *message_details.MODELS,
)
"""What payloads hold beyond single values."""
NOTHING = "no read model: it stands in the log and in the topic"
EVERY_ROW = {"version", "updated_at"}
"""Columns that say how new a row is."""


def blocks() -> dict[str, str]:
    """By name."""
    aggregates = dict.fromkeys(event.aggregate_type for event in EVENTS)
    of_aggregates = {
        aggregate: "\n".join(entry(event) for event in EVENTS if event.aggregate_type == aggregate)
        for aggregate in aggregates
    }
    objects = "\n".join(f"### `{model.__name__}`\n\n{meaning(model)}\n\n{fields(model)}" for model in OBJECTS)
    return {"index": index(), "envelope": fields(Recorded), **of_aggregates, "objects": objects}


def index() -> str:
    """All events by aggregate, with links."""
    aggregates = dict.fromkeys(event.aggregate_type for event in EVENTS)
    links = {
        aggregate: [
            f"[`{event.__name__}`](#{event.__name__.lower()})" for event in EVENTS if event.aggregate_type == aggregate
        ]
        for aggregate in aggregates
    }
    return table(["aggregate", "events"], ((aggregate, " ".join(events)) for aggregate, events in links.items()))


def entry(event: type[Event]) -> str:
    """All that is to be said of one event."""
    said = "".join(f"- {line}\n" for line in _around(event))
    return f"### `{event.__name__}`\n\n{meaning(event)}\n\n{fields(event)}\n{said}"


def fields(model: type[BaseModel]) -> str:
    """A table of a model's fields; ``?`` after the name of one that may be left out or null."""
    known = meanings(model)
    return table(
        ["field", "type", "meaning"],
        (
            (code(name) + ("?" if may_be_null(field) else ""), kind(field), known.get(name, ""))
            for name, field in model.model_fields.items()
        ),
    )


def _around(event: type[Event]) -> Iterator[str]:
    yield f"**Version** {event.schema_version}. {' '.join(_versions(event))}".rstrip()
    if commands := asked_by(event):
        yield f"**Command** {code(*commands)}"
    if causes := follows(event):
        yield f"**Comes with** {code(*causes)}, in the same commit"
    if moves := moves_of(event):
        yield f"**Moves the journey** {'; '.join(moves)}{which(event)}"
    if event.is_interaction:
        yield f"**Interaction** of the patient{unless_by_the_system(event)}"
    changes = [f"\n  - {change}" for change in _changes(event)]
    yield f"**Changes**{''.join(changes)}" if changes else f"**Changes** {NOTHING}"


def which(event: type[Event]) -> str:
    """Where a stage leads to more than one: what decides."""
    origins = [stage for row in rows_of(event) for stage in row.stages]
    return " (which: see [stages](journey.md#stages))" if len(origins) > len(set(origins)) else ""


def unless_by_the_system(event: type[Event]) -> str:
    """Where the event says who did it, and that may be the system."""
    actors = [name for name, field in event.model_fields.items() if "system" in get_args(field.annotation)]
    return "".join(f", unless {code(name)} is `system`" for name in actors)


def _versions(event: type[Event]) -> Iterator[str]:
    for version in range(1, event.schema_version):
        yield meaning(UPCASTERS[event.__name__, version]).removeprefix(f"{event.__name__} ")


def _changes(event: type[Event]) -> Iterator[str]:
    """By table, its columns in their order."""
    of_event = {(effect.table, effect.column, effect.new) for effect in effects() if effect.event == event.__name__}
    for read_table in TABLES:
        columns = [column for column in read_table.columns if (read_table.name, column, False) in of_event]
        said = [column for column in columns if column not in EVERY_ROW]
        changes = ["a new row"] if any((read_table.name, key, True) in of_event for key in read_table.key) else []
        changes += [code(*said)] if said else [f"only {code(*columns)}"] if columns else []
        if changes:
            yield f"`{read_table.name}`: {'; else '.join(changes)}"
