"""Two files as other clinics' software exports them, always the same, with what must become of each row.

A policlinic's day by speciality, with squeeze-ins; and two years of a dental clinic, with cancellations by the clinic.
Nobody in them is anybody: names and phones are put together by a seeded generator.
"""

import csv
import io
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

FIRST = (
    *("Ana", "Antônio", "Beatriz", "Caetano", "Conceição", "Davi", "Eloá", "Fátima", "Gonçalo", "Heloísa", "Inês"),
    *("Joaquim", "João", "Lívia", "Luís", "Márcia", "Natália", "Otávio", "Priscila", "Raí", "Sebastião", "Zoé"),
)
LAST = (
    *("Almeida", "Araújo", "Assunção", "Brandão", "Conceição", "D'Ávila", "Falcão", "Gonçalves", "Guimarães", "Leão"),
    *("Magalhães", "Nascimento", "Paixão", "Queirós", "Ribeiro", "Simões", "Taváres", "Uchôa", "Vilaça", "Ximenes"),
)
SPECIALITIES = ("Cardiologia", "Clínica Geral", "Dermatologia", "Ginecologia", "Ortopedia", "Pediatria")
DAY = date(2025, 3, 12)
DENTISTS = ("Dr. Álvaro Simões", "Dra. Inês Brandão", "Dra. Zoé Queirós")
PROCEDURES = {"Limpeza": "follow_up", "Restauração": "follow_up", "Canal": "return", "Extração": "return"}
"""The clinic's own words, for which the sender has to say what they mean."""


@dataclass
class Export:
    """``expected``: {row number: (column, rule)} of those that are refused; ``remarked``: that stand without a cell."""

    file: bytes
    rows: int
    expected: dict[int, tuple[str | None, str]] = field(default_factory=dict)
    remarked: list[int] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)
    """Of the rows that are taken."""
    squeezed_in: int = 0


@dataclass(frozen=True)
class Person:
    name: str
    phone: str
    born: date
    cpf: str


def people(chance: random.Random, number: int) -> list[Person]:
    """Of full age, each with a phone and a CPF of their own."""
    found = []
    for n in range(number):
        body = [chance.randrange(10) for _ in range(8)]
        found.append(
            Person(
                name=f"{FIRST[n % len(FIRST)]} {chance.choice(LAST)} {chance.choice(LAST)}",
                phone=f"(27) 9{8000 + n // 900}-{1000 + n % 900 * 10 + body[0]:04}",
                born=date(1945, 1, 1) + timedelta(days=chance.randrange(20_000)),
                cpf=with_check_digits([0, *body[:8]]),
            )
        )
    return found


def with_check_digits(nine: Iterable[int]) -> str:
    """The CPF that begins with these digits."""
    digits = list(nine)
    for _ in range(2):
        rest = sum(digit * weight for digit, weight in zip(digits, range(len(digits) + 1, 1, -1), strict=True)) % 11
        digits.append(0 if rest < 2 else 11 - rest)
    return "".join(map(str, digits))


def policlinic(seed: int = 7) -> Export:
    """42 rows of one day: seven of each speciality, one of which is squeezed in beside another."""
    chance = random.Random(seed)  # the same each time
    export = Export(b"", 42, squeezed_in=len(SPECIALITIES))
    lines = [["Especialidade", "Hora", "Paciente", "Telefone", "Nascimento", "Tipo", "Situação", "Encaixe", "Data"]]
    first, *others = people(chance, 42)
    patients, person = iter([first, *others]), first
    for place, speciality in enumerate(SPECIALITIES):
        for nth in range(7):
            before, person, number = person, next(patients), len(lines) + 1
            is_squeezed = nth == 6
            at = datetime(2025, 3, 12, 8) + timedelta(minutes=30 * (place if is_squeezed else nth))  # noqa: DTZ001  # on the wall
            outcome = chance.choice(["Compareceu", "Compareceu", "Faltou", "Atendido"])
            phone, born = person.phone, f"{person.born:%d/%m/%Y}"
            if (place, nth) == (0, 2):
                phone, export.expected[number] = "NAO TEM", ("patient_phone", "cell_invalid")
            elif (place, nth) == (1, 3):
                phone, export.expected[number] = person.phone[5:], ("patient_phone", "cell_invalid")
            elif (place, nth) == (2, 4):
                outcome, export.expected[number] = "Transferido", ("outcome", "cell_invalid")
            elif (place, nth) == (5, 1):
                # Two of a family, who have said nothing of it.
                phone, export.expected[number] = before.phone, ("patient_phone", "phone_taken")
            elif (place, nth) in ((3, 1), (4, 5)):
                born = "00/00/0000"
                export.remarked.append(number)
            if number not in export.expected:
                export.statuses.append(outcome)
            kind = chance.choice(["Primeira consulta", "Retorno"])
            squeezed = "Sim" if is_squeezed else "Não"
            lines.append(
                [speciality, f"{at:%-H:%M}", person.name, phone, born, kind, outcome, squeezed, f"{DAY:%d/%m/%Y}"]
            )
    export.file = ("sep=;\r\n" + _text(lines, ";")).encode("windows-1252")
    return export


def dental_clinic(seed: int = 11) -> Export:
    """1,500 rows of 400 patients and three dentists, each appointment at a time of its own."""
    chance = random.Random(seed)  # the same each time
    export = Export(b"", 1500)
    names = ["Paciente", "Celular", "CPF", "Data de Nascimento", "Data da Consulta", "Duração", "Procedimento"]
    lines = [[*names, "Status", "Agendado em", "Motivo do Cancelamento", "Dentista", "Observações", "", ""]]
    patients = people(chance, 400)
    for number, (at, dentist) in zip(range(2, 1502), _times(), strict=False):
        person = patients[(number * 7) % 400]
        booked = at - timedelta(days=chance.randrange(1, 40), minutes=chance.randrange(600))
        status = chance.choices(
            ["Atendido", "Faltou", "Cancelado pelo paciente", "Cancelado pela clínica"], [70, 12, 10, 8]
        )[0]
        procedure = chance.choice(["Avaliação", "Manutenção", "Urgência", *PROCEDURES])
        cells = {
            "phone": person.phone,
            "cpf": person.cpf,
            "born": person.born.isoformat(),
            "at": f"{at:%d/%m/%Y %-H:%M}",
        }
        if number % 97 == 0:
            cells["phone"], export.expected[number] = person.phone[5:], ("patient_phone", "cell_invalid")
        elif number % 89 == 0:
            status, export.expected[number] = "Remarcado", ("outcome", "cell_invalid")
        elif number % 83 == 0:
            procedure, export.expected[number] = "Clareamento", ("appointment_type", "cell_invalid")
        elif number % 79 == 0:
            cells["at"], export.expected[number] = f"31/02/{at:%Y %-H:%M}", ("scheduled_for", "cell_invalid")
        elif number > 401 and number % 67 == 0:
            # Somebody else of the family comes: no CPF, no birth date, another name.
            person = replace(person, name=f"Iracema {person.name}")
            cells |= {"cpf": "", "born": ""}
            export.expected[number] = ("patient_phone", "phone_of_another")
        elif number % 73 == 0:
            cells["cpf"], export.expected[number] = person.cpf[:-1] + "x", ("patient_cpf", "cell_invalid")
        elif number % 71 == 0:
            cells["born"] = chance.choice(["0000-00-00", "1899-12-30", "1669-03-17"])
            export.remarked.append(number)
        elif number % 3 == 0:
            cells["cpf"] = person.cpf.lstrip("0")
        if number not in export.expected:
            export.statuses.append(status)
        reason = "agenda do dentista" if status == "Cancelado pela clínica" else ""
        told = [person.name, cells["phone"], cells["cpf"], cells["born"], cells["at"], "30", procedure, status]
        lines.append([*told, f"{booked:%d/%m/%Y %H:%M}", reason, dentist, chance.choice(["", "dor; siso", ""]), "", ""])
    export.file = b"\xef\xbb\xbf" + _text(lines, ",").encode()
    return export


def _times() -> Iterator[tuple[datetime, str]]:
    for day in range(500):
        for half_hour in range(3):
            for dentist in DENTISTS:
                yield datetime(2023, 1, 9, 9) + timedelta(days=day, minutes=30 * half_hour), dentist  # noqa: DTZ001  # on the wall


def _text(lines: Iterable[list[str]], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(lines)
    return text.getvalue()


def doctors(clinic_id: UUID, words: Iterable[str]) -> dict[str, UUID]:
    """{word of the file: an id of the doctor's whom it means}."""
    return {word: UUID(int=clinic_id.int + nth) for nth, word in enumerate(words, start=1)}
