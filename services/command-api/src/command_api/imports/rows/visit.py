"""A row on the line of time: when it was booked, when it was to be, when it ended."""

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from command_api.decide.patient.age import is_minor
from command_api.decide.patient.phones import spellings
from command_api.decide.patient.state import Identity
from command_api.imports.rows.clinics_clock import INSTANTLY, instant
from command_api.imports.rows.imported_ids import imported_ids
from command_api.imports.rows.possible import check_order, check_past
from command_api.imports.rows.row import ImportRow


@dataclass(frozen=True)
class Visit:
    """``number``: the row's in the file. All times are UTC. The two ids follow from what the row says, always."""

    number: int
    row: ImportRow
    scheduled_for: datetime
    booked_at: datetime
    outcome_at: datetime
    appointment_id: UUID
    own_patient_id: UUID
    """The patient's, unless somebody in the tenant is found to be this patient already."""
    squeezed_in: bool = False
    """Whether the doctor had another imported appointment then."""
    as_once_spelt: tuple[UUID, UUID] | None = None
    """Both ids, as the phone's other spelling made them: of a release that kept phones as they were written."""
    is_booked_now: bool = False
    """It is still to come, and nobody says when it was booked: by the import, then."""

    def settled(self, known: Container[UUID]) -> "Visit":
        """With the ids under which it is ``known``, if it is under those of the phone's other spelling."""
        if self.as_once_spelt is None:
            return self
        appointment_id, own_patient_id = self.as_once_spelt
        return replace(
            self,
            appointment_id=appointment_id if appointment_id in known else self.appointment_id,
            own_patient_id=own_patient_id if own_patient_id in known else self.own_patient_id,
        )

    @property
    def is_squeezed_in(self) -> bool:
        """As the row says, or as its doctor's other appointments do."""
        return self.squeezed_in or self.row.squeeze_in

    @property
    def ends_at(self) -> datetime:
        return self.scheduled_for + timedelta(minutes=self.row.duration)

    @property
    def lived_until(self) -> datetime:
        """Until when it took its time from others: after it was booked, if only just."""
        return max(self.outcome_at, self.booked_at + INSTANTLY)

    @property
    def phones(self) -> frozenset[Identity]:
        """By which an adult may be known; a minor's may be the guardian's."""
        if is_minor(self.row.patient_birth_date, self.booked_at):
            return frozenset()
        return frozenset(("phone", form) for form in spellings(self.row.patient_phone))

    @property
    def identities(self) -> frozenset[Identity]:
        """What this patient alone may have."""
        held: set[Identity] = set()
        if not self.row.shares_phone:
            held |= self.phones
        if self.row.patient_cpf is not None:
            held.add(("cpf", self.row.patient_cpf))
        return frozenset(held)


def place(number: int, row: ImportRow, namespace: UUID, zone: ZoneInfo, latest: datetime) -> Visit:
    """``row`` with its times and ids of the tenant's own ``namespace``. What is over has no time after ``latest``.

    Where nobody says when it was booked it was when it began, or now where it is still to come.
    Raises RowRefused for what can't have been so.
    """
    scheduled_for = instant("scheduled_for", row.scheduled_for, zone)
    told = instant("booked_at", row.booked_at, zone) if row.booked_at is not None else None
    booked_at = told or min(scheduled_for, latest)
    if row.is_to_come:
        outcome_at = max(booked_at, scheduled_for + timedelta(minutes=row.duration))
    elif row.outcome_at is not None:
        outcome_at = instant("outcome_at", row.outcome_at, zone)
    else:
        ends_at = scheduled_for + timedelta(minutes=row.duration)
        outcome_at = max(booked_at, scheduled_for if row.outcome == "cancelled" else ends_at)
    check_past(row, scheduled_for, booked_at, outcome_at, latest)
    check_order(row, scheduled_for, booked_at, outcome_at, zone)
    ids = partial(imported_ids, namespace, row, scheduled_for, told)
    appointment_id, own_patient_id = ids(row.patient_phone)
    others = spellings(row.patient_phone) - {row.patient_phone}
    return Visit(
        number,
        row,
        scheduled_for,
        booked_at,
        outcome_at,
        appointment_id=appointment_id,
        own_patient_id=own_patient_id,
        as_once_spelt=next(map(ids, others), None),
        is_booked_now=row.is_to_come and told is None,
    )
