"""Whose visit a row is: somebody whom the tenant knows already, or a new patient."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from command_api.decide.patient.state import Identity
from command_api.imports.rows.visit import Visit


@dataclass(frozen=True)
class Person:
    """What can tell two people apart who gave the same phone; None: not known."""

    birth_date: date | None
    cpf: str | None

    def can_be(self, other: "Person") -> bool:
        """Nothing that is known of both differs."""
        pairs = ((self.birth_date, other.birth_date), (self.cpf, other.cpf))
        return all(own is None or theirs is None or own == theirs for own, theirs in pairs)


def patients_of(
    visits: Iterable[Visit],
    known: Mapping[UUID, UUID],
    holders: Mapping[Identity, UUID],
    people: Mapping[UUID, Person],
) -> dict[int, UUID]:
    """{row number: patient}, in the rows' order: whom an earlier row brings, a later one finds.

    ``known``: {appointment or patient that is in the store: its patient}. ``people``: who the holders of phones are.

    The first of these that is so: the appointment is in the store, and so is whose it is; somebody has this CPF; the
    id that follows from phone, name and birth date is in the store (so families who share a phone stay apart);
    an adult's phone is somebody's of whom nothing contradicts it; it is a new patient.
    """
    found: dict[int, UUID] = {}
    held, who, brought = dict(holders), dict(people), set(known)
    for visit in visits:
        person = Person(visit.row.patient_birth_date, visit.row.patient_cpf)
        mine = sorted(visit.identities)
        if visit.appointment_id in known:
            patient_id = known[visit.appointment_id]
        elif (cpf := ("cpf", visit.row.patient_cpf)) in held:
            patient_id = held[cpf]
        elif visit.own_patient_id in brought:
            patient_id = visit.own_patient_id
        else:
            by_phone = (held[identity] for identity in mine if identity[0] == "phone" and identity in held)
            same = (holder for holder in by_phone if holder not in who or who[holder].can_be(person))
            patient_id = next(same, visit.own_patient_id)
        found[visit.number] = patient_id
        brought.add(patient_id)
        who.setdefault(patient_id, person)
        for identity in mine:
            held.setdefault(identity, patient_id)
    return found
