"""A row on the line of time: when it was booked, when it was to be, when it ended."""

import unicodedata
from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from command_api.decide.patient.phones import spellings
from command_api.decide.patient.state import Identity, is_minor
from command_api.imports.rows.row import ImportRow, RowRefused
from healz.events.fields import INSTANT_MAX, INSTANT_MIN

INSTANTLY = timedelta(microseconds=1)


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
    as_once_spelt: tuple[UUID, UUID] | None = None
    """Both ids, as the phone's other spelling made them: of a release that kept phones as they were written."""

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
    def ends_at(self) -> datetime:
        return self.scheduled_for + timedelta(minutes=self.row.duration)

    @property
    def lived_until(self) -> datetime:
        """Until when it took its time from others: after it was booked, if only just."""
        return max(self.outcome_at, self.booked_at + INSTANTLY)

    @property
    def identities(self) -> frozenset[Identity]:
        """What this patient alone may have: a minor's phone may be the guardian's."""
        held: set[Identity] = set()
        if not is_minor(self.row.patient_birth_date, self.booked_at):
            held.update(("phone", form) for form in spellings(self.row.patient_phone))
        if self.row.patient_cpf is not None:
            held.add(("cpf", self.row.patient_cpf))
        return frozenset(held)


def place(number: int, row: ImportRow, namespace: UUID, zone: ZoneInfo, latest: datetime) -> Visit:
    """``row`` with its times, none after ``latest``, and ids of the tenant's own ``namespace``.

    Raises RowRefused for what can't have been so.
    """
    scheduled_for = _instant("scheduled_for", row.scheduled_for, zone)
    booked_at = _instant("booked_at", row.booked_at, zone)
    if row.outcome_at is not None:
        outcome_at = _instant("outcome_at", row.outcome_at, zone)
    else:
        ends_at = scheduled_for + timedelta(minutes=row.duration)
        outcome_at = max(booked_at, scheduled_for if row.outcome == "cancelled" else ends_at)
    for column, at in (("scheduled_for", scheduled_for), ("booked_at", booked_at), ("outcome_at", outcome_at)):
        if at > latest:
            raise RowRefused("time_to_come", "this lies ahead; only what is over is imported", column)
    _check_order(row, scheduled_for, booked_at, outcome_at, zone)
    what = (row.clinic_id, row.doctor_id, scheduled_for.isoformat(), booked_at.isoformat())

    def ids(phone: str) -> tuple[UUID, UUID]:
        who = (phone, _folded(row.patient_name), row.patient_birth_date or "")
        return (
            uuid5(namespace, "\n".join(map(str, ("imported appointment", *who, *what)))),
            uuid5(namespace, "\n".join(map(str, ("imported patient", *who)))),
        )

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
    )


def _instant(column: str, at: datetime, zone: ZoneInfo) -> datetime:
    """In UTC. What the clinic's clock showed twice or never is refused: who wrote it must say which it was."""
    try:
        if at.tzinfo is None:
            early, late = (at.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
            if early.utcoffset() != late.utcoffset():
                if early.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == at:
                    rule, how = "local_time_ambiguous", "showed this time twice"
                else:
                    rule, how = "local_time_skipped", "never showed this time"
                raise RowRefused(rule, f"the clinic's clock ({zone.key}) {how}; write the offset, like -03:00", column)
            at = early
        instant = at.astimezone(UTC)
    except OverflowError:
        instant = INSTANT_MAX + INSTANTLY
    if not INSTANT_MIN <= instant <= INSTANT_MAX:
        raise RowRefused("cell_invalid", f"give a time from {INSTANT_MIN:%Y} to {INSTANT_MAX:%Y}", column)
    return instant


def _check_order(
    row: ImportRow, scheduled_for: datetime, booked_at: datetime, outcome_at: datetime, zone: ZoneInfo
) -> None:
    """What the outcome's own command would refuse, before anything is booked that could not be ended."""
    if outcome_at < booked_at:
        raise RowRefused("outcome_before_booking", "it can't have ended before it was booked", "outcome_at")
    if row.outcome == "no_show" and outcome_at < scheduled_for:
        raise RowRefused("no_show_before_the_start", "nobody can have missed it before it began", "outcome_at")
    if row.outcome == "completed" and outcome_at.astimezone(zone).date() < scheduled_for.astimezone(zone).date():
        raise RowRefused("completion_before_the_day", "it can't be completed before its day", "outcome_at")


def _folded(name: str) -> str:
    """João  da Conceição is joao da conceicao: accents, capitals and spaces make nobody another person."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return " ".join(plain.casefold().split())
