"""Whose visit a row is: somebody whom the tenant knows already, or a new patient; or nobody can tell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from command_api.decide.patient.state import Identity
from command_api.imports.rows.met import Contradiction, Met
from command_api.imports.rows.names import first_names_agree, names_agree
from command_api.imports.rows.visit import Visit


@dataclass(frozen=True)
class Person:
    """What can tell two people apart who gave the same phone; None: not known."""

    birth_date: date | None
    cpf: str | None
    name: str | None = None

    def and_what(self, other: "Person") -> "Person":
        """With what is known of the same person by another row."""
        return Person(self.birth_date or other.birth_date, self.cpf or other.cpf, self.name or other.name)

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

    def has_anothers_cpf(self, other: "Person") -> bool:
        """The CPF is the same, but neither the birth date nor the first name: a child is given its mother's."""
        apart = None not in (self.birth_date, other.birth_date) and self.birth_date != other.birth_date
        return apart and not first_names_agree(self.name, other.name)

    def has_another_cpf(self, other: "Person") -> bool:
        return None not in (self.cpf, other.cpf) and self.cpf != other.cpf

    def is_another(self, other: "Person") -> bool:
        """A birth date or a CPF is known of both, and differs."""
        pairs = ((self.birth_date, other.birth_date), (self.cpf, other.cpf))
        return any(own is not None and theirs is not None and own != theirs for own, theirs in pairs)


@dataclass(frozen=True)
class WhoseVisits:
    """``patients``: {row number: patient}. ``met``: {row number: whom it met} of rows of which nobody can tell."""

    patients: dict[int, UUID]
    met: dict[int, Met]


def patients_of(
    visits: Iterable[Visit],
    known: Mapping[UUID, UUID],
    holders: Mapping[Identity, UUID],
    people: Mapping[UUID, Person],
) -> WhoseVisits:
    """In the rows' order: whom an earlier row brings, a later one finds.

    ``known``: {appointment or patient that is in the store: its patient}. ``people``: who the holders of phones and of
    CPFs are, and the patients of the rows' own ids, as far as it matters.

    The first of these that is so: the appointment is in the store, and so is whose it is; somebody has this CPF; the
    id that follows from phone, name and birth date is in the store (so families who share a phone stay apart);
    an adult's phone is somebody's who can be this one; it is a new patient. But a phone alone tells nobody: where its
    holder has another name, and neither a birth date nor a CPF says who is who, nor the row that the phone is shared,
    nobody can tell. Nor where one CPF is given for two people, or two for one.
    """
    found = WhoseVisits({}, {})
    held, who, brought = dict(holders), dict(people), set(known)
    rows: dict[UUID, int] = {}
    for visit in visits:
        person = Person(visit.row.patient_birth_date, visit.row.patient_cpf, visit.row.patient_name)
        holding = dict.fromkeys(held[phone] for phone in sorted(visit.phones) if phone in held)
        same = [holder for holder in holding if holder not in who or who[holder].can_be(person)]
        met: tuple[UUID, Contradiction] | None = None
        if visit.appointment_id in known:
            patient_id = known[visit.appointment_id]
        elif (cpf := ("cpf", visit.row.patient_cpf)) in held:
            patient_id = held[cpf]
            if patient_id in who and who[patient_id].has_anothers_cpf(person):
                met = patient_id, "cpf_of_another"
        elif visit.own_patient_id in brought or (holding and not same and visit.row.shares_phone):
            patient_id = visit.own_patient_id
            if patient_id in who and who[patient_id].has_another_cpf(person):
                met = patient_id, "cpf_differs"
        elif holding and not same and not all(who[holder].is_another(person) for holder in holding):
            patient_id = next(holder for holder in holding if not who[holder].is_another(person))
            met = patient_id, "phone_of_another"
        else:
            patient_id = next(iter(same), visit.own_patient_id)
        if met is not None:
            found.met[visit.number] = Met(rows.get(met[0], met[0]), met[1])
            continue
        found.patients[visit.number] = patient_id
        brought.add(patient_id)
        who[patient_id] = who.get(patient_id, person).and_what(person)
        rows.setdefault(patient_id, visit.number)
        for identity in sorted(visit.identities):
            held.setdefault(identity, patient_id)
    return found


def to_compare(visit: Visit, known: Mapping[UUID, UUID], holders: Mapping[Identity, UUID]) -> set[UUID]:
    """Whom the row may be taken for though they are somebody else: they have to be looked at."""
    with_cpf = {holders[identity] for identity in visit.identities & holders.keys() if identity[0] == "cpf"}
    if visit.own_patient_id not in known:
        return with_cpf | {holders[phone] for phone in visit.phones & holders.keys()}
    if with_cpf or visit.row.patient_cpf is None:
        return with_cpf - {visit.own_patient_id}
    return {visit.own_patient_id}
