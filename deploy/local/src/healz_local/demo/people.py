"""Who the patients and doctors are: made up, and always the same for the same data."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from uuid import UUID

from faker import Faker

from healz_local.demo.rows import SourceRow
from healz_local.errors import LocalStackError

ADULT_YEARS = 18
PHONES = 10**6
CPFS = 10**7
PREFIXES = [number for number in range(100) if number % 11]
"""Two digits that differ: a CPF of eleven equal digits is none, whatever its check digits."""


@dataclass(frozen=True)
class MadeUpPerson:
    """``phone`` and ``guardian_phone`` in E.164; a minor is reached on the guardian's. ``cpf``: 11 digits."""

    full_name: str
    phone: str
    birth_date: date
    cpf: str | None
    guardian_phone: str | None


class People:
    """The people of one source; every adult's phone and CPF is theirs alone, and hardly ever another source's."""

    def __init__(self, identity: str, rows: Iterable[SourceRow]) -> None:
        self._identity = identity
        self._first: dict[str, SourceRow] = {}
        for row in rows:
            self._first.setdefault(row.patient, row)
        self._phones = self._distinct("phone", PHONES)
        self._cpfs = self._distinct("cpf", CPFS)
        self._prefix = PREFIXES[_digest(identity) % len(PREFIXES)]

    def person(self, patient: str) -> MadeUpPerson:
        """As the first booking finds them."""
        row = self._first[patient]
        minor = row.age < ADULT_YEARS
        phone = f"+55279{self._prefix:02}{self._phones[patient]:06}"
        has_cpf = not minor and _digest(self._identity, patient, "has cpf") % 10 > 0
        return MadeUpPerson(
            full_name=full_name(f"{self._identity} {patient}", row.gender),
            phone=phone,
            birth_date=self._birth_date(row),
            cpf=with_check_digits(f"{self._prefix:02}{self._cpfs[patient]:07}") if has_cpf else None,
            guardian_phone=phone if minor else None,
        )

    def _birth_date(self, row: SourceRow) -> date:
        booked = row.booked_at.date()
        day = booked.day - ((booked.month, booked.day) == (2, 29))
        birthday = booked.replace(year=booked.year - row.age, day=day)
        return birthday - timedelta(days=_digest(self._identity, row.patient, "birthday") % 365)

    def _distinct(self, purpose: str, size: int) -> Mapping[str, int]:
        if len(self._first) > size // 2:
            raise LocalStackError(f"{len(self._first)} patients are too many: at most {size // 2} can be made up")
        taken: dict[int, str] = {}
        for patient in self._first:
            number = _digest(self._identity, patient, purpose) % size
            while number in taken:
                number = (number + 1) % size
            taken[number] = patient
        return {patient: number for number, patient in taken.items()}


def doctor_name(doctor_id: UUID) -> str:
    """Always the same for the same doctor."""
    gender = "F" if _digest(doctor_id) % 2 else "M"
    first, *_, last = full_name(str(doctor_id), gender).split()
    return f"{'Dra.' if gender == 'F' else 'Dr.'} {first} {last}"


def full_name(of: str, gender: str) -> str:
    """A Brazilian name; the same for the same ``of``."""
    names = _names()
    names.seed_instance(_digest(of, "name"))
    first = names.first_name_female() if gender == "F" else names.first_name_male()
    return f"{first} {names.last_name()} {names.last_name()}"


def with_check_digits(nine: str) -> str:
    """The CPF that begins with these nine digits (Receita Federal: weights 10 to 2, then 11 to 2, modulo 11)."""
    digits = [int(digit) for digit in nine]
    for _ in range(2):
        total = sum(digit * weight for digit, weight in zip(digits, range(len(digits) + 1, 1, -1), strict=True))
        digits.append(total * 10 % 11 % 10)
    return "".join(map(str, digits))


def _digest(*parts: object) -> int:
    return int.from_bytes(hashlib.sha256(" ".join(map(str, parts)).encode()).digest()[:8])


@cache
def _names() -> Faker:
    return Faker("pt_BR")
