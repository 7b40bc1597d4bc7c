"""Specs as sentences: ``appointment.given(scheduled, cancelled).when(confirm).then_rejected("appointment_not_live")``.

A Story is about one aggregate, with a fixed clock and fixed ids; a View is one row of a read model.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec.structs import fields

from command_api.decide.appointment.hours import Hours
from command_api.decide.case import Case, decide
from command_api.decide.command import Command
from command_api.decide.given import Doctor, Given, Other
from command_api.decide.journey.rules import DEFAULT_RULES, JourneyRules
from command_api.decide.limits import Limits
from command_api.decide.rejected import Rejected
from healz.events import Event, Recorded

Rows = TypeVar("Rows")


@dataclass(frozen=True)
class Outcome:
    """What came of a command; ``then`` looks at the events of the story's own kind, ``then_in_order`` at all."""

    kind: type[Event]
    case: Case
    events: list[Event]
    rejected: Rejected | None = None

    def then(self, *expected: Event) -> None:
        assert self.rejected is None, f"rejected: {self.rejected.rule}"
        own = [event for event in self.events if isinstance(event, self.kind)]
        assert list(map(_told, own)) == list(map(_told, expected))

    def then_in_order(self, *expected: str) -> None:
        """All events of the commit, by name."""
        assert self.rejected is None, f"rejected: {self.rejected.rule}"
        assert [type(event).__name__ for event in self.events] == list(expected)

    def then_nothing(self) -> None:
        self.then_in_order()

    def then_rejected(self, rule: str) -> None:
        assert self.rejected is not None, f"accepted: {self.events}"
        assert self.rejected.rule == rule
        assert self.rejected.message, "a refusal says what to do"

    def of(self, *kinds: type[Event]) -> list[Any]:
        """The events of these kinds."""
        assert self.rejected is None, f"rejected: {self.rejected.rule}"
        return [event for event in self.events if isinstance(event, kinds)]

    def only(self) -> Any:
        """The one event of the story's own kind."""
        assert self.rejected is None, f"rejected: {self.rejected.rule}"
        (event,) = (event for event in self.events if isinstance(event, self.kind))
        return event


@dataclass(frozen=True)
class Story:
    """What is so before a command comes, and who gives it when."""

    kind: type[Event]
    target: UUID
    patient_id: UUID
    journey_id: UUID
    reminder_id: UUID
    message_id: UUID
    user_id: UUID | None
    now: datetime
    zone: ZoneInfo | None
    doctor: Doctor | None
    opening_hours: Hours | None = None
    role: Any = "receptionist"
    squeeze_in_roles: frozenset[str] = frozenset()
    limits: Limits = field(default_factory=Limits)
    rules: JourneyRules = DEFAULT_RULES
    case: Case = field(default_factory=Case)
    other: Other | None = None

    def given(self, *events: Event) -> "Story":
        return replace(self, case=self.case.after(events))

    def by(self, role: str) -> "Story":
        return replace(self, role=role)

    def at(self, now: datetime) -> "Story":
        return replace(self, now=now)

    def about(self, target: UUID) -> "Story":
        return replace(self, target=target)

    def where(self, **changes: Any) -> "Story":
        """With other reference data or limits."""
        return replace(self, **changes)

    def when(self, command: Command) -> Outcome:
        given = Given(
            now=self.now,
            role=self.role,
            target=self.target,
            patient_id=self.patient_id,
            journey_id=self.journey_id,
            reminder_id=self.reminder_id,
            message_id=self.message_id,
            user_id=self.user_id,
            limits=self.limits,
            rules=self.rules,
            clinic_zone=self.zone,
            opening_hours=self.opening_hours,
            doctor=self.doctor,
            squeeze_in_roles=self.squeeze_in_roles,
            other=self.other,
        )
        try:
            events = decide(command, self.case, given)
        except Rejected as rejected:
            return self._refused(command, rejected)
        assert not events or isinstance(events[0], command.leads_to), f"name it in leads_to of {type(command)}"
        return Outcome(self.kind, self.case.after(events), events)

    def _refused(self, command: Command, rejected: Rejected) -> Outcome:
        assert rejected.rule in command.refusals, f"name {rejected.rule} among the refusals of {type(command)}"
        return Outcome(self.kind, self.case, [], rejected)


def _told(event: Event) -> tuple[Event, frozenset[str]]:
    """An optional field that is null says nothing, except in a contact update: there it is cleared."""
    said = frozenset(event.model_fields_set) if type(event).__name__ == "PatientContactUpdated" else frozenset[str]()
    return event, said


@dataclass(frozen=True)
class Log:
    """A tenant's log in memory: gives events their envelopes, one minute apart."""

    tenant_id: UUID
    started_at: datetime
    recorded: tuple[Recorded, ...] = ()

    def add(self, event: Event, causation_id: UUID | None = None, created_at: datetime | None = None) -> "Log":
        position = len(self.recorded) + 1
        version = 1 + sum(earlier.aggregate_id == event.aggregate_id for earlier in self.recorded)
        recorded = Recorded(
            event_id=event_id(position),
            event_type=type(event).__name__,
            schema_version=event.schema_version,
            aggregate_type=event.aggregate_type,
            aggregate_id=event.aggregate_id,
            aggregate_version=version,
            tenant_id=self.tenant_id,
            position=position,
            patient_id=event.patient_id,
            clinic_id=event.clinic,
            causation_id=causation_id,
            correlation_id=UUID(int=1),
            user_id=None,
            created_at=created_at or self.started_at + timedelta(minutes=position),
            event_data=event,
        )
        return replace(self, recorded=(*self.recorded, recorded))


def event_id(position: int) -> UUID:
    """Of the event at that position of a Log."""
    return UUID(int=0xE000_0000 + position)


@dataclass(frozen=True)
class View(Generic[Rows]):
    """One row of a read model. ``causing`` makes the last event given the cause of the next."""

    evolve: Callable[[Rows, Recorded], Rows]
    rows: Rows
    row: Callable[[Rows], Any]
    """The row that the sentence is about, out of all that the read model holds of the patient."""
    own: str
    """The column with the aggregate whose version the row shows."""
    log: Log

    def given(self, *events: Event) -> "View[Rows]":
        view = self
        for event in events:
            view, _ = view._add(event, None)
        return view

    def when(self, event: Event, caused_by: UUID | None = None) -> "Changed":
        after, recorded = self._add(event, caused_by)
        return Changed(self.row(self.rows), self.row(after.rows), after.rows is self.rows, recorded, self.own)

    def shows(self, **columns: Any) -> None:
        row = self.row(self.rows)
        assert {name: getattr(row, name) for name in columns} == columns

    def _add(self, event: Event, caused_by: UUID | None) -> tuple["View[Rows]", Recorded]:
        log = self.log.add(event, caused_by)
        return replace(self, rows=self.evolve(self.rows, log.recorded[-1]), log=log), log.recorded[-1]


@dataclass(frozen=True)
class Changed:
    """A row before and after an event."""

    before: Any
    after: Any
    same_rows: bool
    event: Recorded
    own: str

    def then(self, **changed: Any) -> None:
        """Exactly these columns changed, and ``version`` and ``updated_at`` as they must.

        (``latest`` follows each visit and interaction, for corrections: their specs look at it.)
        """
        assert self.before is not None
        differing = {
            column.name: getattr(self.after, column.name)
            for column in fields(self.after)
            if column.name != "latest" and getattr(self.after, column.name) != getattr(self.before, column.name)
        }
        is_own = self.event.aggregate_id == getattr(self.after, self.own)
        expected = changed | ({"version": self.event.aggregate_version} if is_own else {})
        assert differing == (expected | {"updated_at": self.event.created_at} if expected else {})

    def then_nothing(self) -> None:
        """Not even a new object: the projector writes nothing."""
        assert self.same_rows

    def then_row(self, **columns: Any) -> None:
        """A new row, with these columns, all others at their defaults."""
        assert self.before is None
        defaults = {column.name: _default(column) for column in fields(self.after) if column.name not in columns}
        assert {column.name: getattr(self.after, column.name) for column in fields(self.after)} == columns | defaults


def _default(column: Any) -> Any:
    return column.default_factory() if callable(column.default_factory) else column.default


def names(events: Iterable[Event]) -> list[str]:
    return [type(event).__name__ for event in events]
