"""Whose visit a row is: somebody whom the tenant knows already, or a new patient; or nobody can tell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from command_api.decide.patient.state import Identity
from command_api.imports.rows.names import first_names_agree, names_agree
from command_api.imports.rows.visit import Visit


@dataclass(frozen=True)
class Person:
    """What can tell two people apart who gave the same phone; None: not known."""

    birth_date: date | None
    cpf: str | None
    name: str | None = None

    def can_be(self, other: "Person") -> bool:
        """By the CPF where it is known of both; else by name, and by birth date where that is known of both.

        With the same birth date it is enough to be called the same first name: who marries takes another last one, and
        twins do not share the first.
        """
        if self.cpf is not None and other.cpf is not None:
            return self.cpf == other.cpf
        if self.birth_date is not None and other.birth_date is not None:
            return self.birth_date == other.birth_date and first_names_agree(self.name, other.name)
        return names_agree(self.name, other.name)

    def is_another(self, other: "Person") -> bool:
        """A birth date or a CPF is known of both, and differs."""
        pairs = ((self.birth_date, other.birth_date), (self.cpf, other.cpf))
        return any(own is not None and theirs is not None and own != theirs for own, theirs in pairs)


@dataclass(frozen=True)
class WhoseVisits:
    """``patients``: {row number: patient}. ``met``: {row number: what it met} of rows that may be somebody else's: the
    row of this batch that brought the holder of their phone, or the holder."""

    patients: dict[int, UUID]
    met: dict[int, int | UUID]


def patients_of(
    visits: Iterable[Visit],
    known: Mapping[UUID, UUID],
    holders: Mapping[Identity, UUID],
    people: Mapping[UUID, Person],
) -> WhoseVisits:
    """In the rows' order: whom an earlier row brings, a later one finds.

    ``known``: {appointment or patient that is in the store: its patient}. ``people``: who the holders of phones are.

    The first of these that is so: the appointment is in the store, and so is whose it is; somebody has this CPF; the
    id that follows from phone, name and birth date is in the store (so families who share a phone stay apart);
    an adult's phone is somebody's who can be this one; it is a new patient. But a phone alone tells nobody: where its
    holder has another name, and neither a birth date nor a CPF says who is who, nor the row that the phone is shared,
    nobody can tell.
    """
    found = WhoseVisits({}, {})
    held, who, brought = dict(holders), dict(people), set(known)
    rows: dict[UUID, int] = {}
    for visit in visits:
        person = Person(visit.row.patient_birth_date, visit.row.patient_cpf, visit.row.patient_name)
        holding = dict.fromkeys(held[phone] for phone in sorted(visit.phones) if phone in held)
        same = [holder for holder in holding if holder not in who or who[holder].can_be(person)]
        if visit.appointment_id in known:
            patient_id = known[visit.appointment_id]
        elif (cpf := ("cpf", visit.row.patient_cpf)) in held:
            patient_id = held[cpf]
        elif visit.own_patient_id in brought or (holding and not same and visit.row.shares_phone):
            patient_id = visit.own_patient_id
        elif holding and not same and not all(who[holder].is_another(person) for holder in holding):
            holder = next(holder for holder in holding if not who[holder].is_another(person))
            found.met[visit.number] = rows.get(holder, holder)
            continue
        else:
            patient_id = next(iter(same), visit.own_patient_id)
        found.patients[visit.number] = patient_id
        brought.add(patient_id)
        who.setdefault(patient_id, person)
        rows.setdefault(patient_id, visit.number)
        for identity in sorted(visit.identities):
            held.setdefault(identity, patient_id)
    return found
