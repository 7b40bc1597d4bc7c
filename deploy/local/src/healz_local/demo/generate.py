"""A generated clinic group, in the shape of the real data: for those who have no file. Always the same."""

from datetime import date, datetime, time, timedelta
from random import Random

from healz_local.demo.rows import ZONE, Source, SourceRow, patient_by_patient

SEED = 2025
VERSION = 1
"""To be raised with every change of what comes out: rows that were fed are remembered by it."""
ROWS = 6000
FIRST_DAY = date(2025, 1, 6)
DAYS = 150
NO_SHOW_SAME_DAY = 0.06
NO_SHOW_LATER = 0.28
AHEAD_DAYS_MAX = 40
NEIGHBOURHOODS = {
    "CENTRO": 9,
    "VILA NOVA": 8,
    "BOA VISTA": 7,
    "SÃO JOSÉ": 7,
    "SANTO ANTÔNIO": 6,
    "JARDIM DAS FLORES": 6,
    "MORADA DO SOL": 5,
    "CONCEIÇÃO": 4,
    "PRAIA DO NORTE": 4,
    "ALTO DA SERRA": 3,
    "BELA AURORA": 2,
    "ILHA DOS AÇORES": 1,
}
AGES = {range(1): 3, range(1, 12): 14, range(12, 18): 9, range(18, 40): 28, range(40, 65): 32, range(65, 98): 14}


def generate_rows() -> Source:
    """About six thousand appointments: a fifth no-shows, a quarter of the patients minors, a third come back."""
    random = Random(SEED)  # noqa: S311  # a demonstration's, not a secret's
    patients: list[tuple[str, str, int, str]] = []
    rows = []
    for number in range(ROWS):
        if patients and random.random() < 0.35:
            patient, gender, age, neighbourhood = random.choice(patients[-2000:])
        else:
            patient, gender, age, neighbourhood = _patient(random, len(patients))
            patients.append((patient, gender, age, neighbourhood))
        ahead = 0 if random.random() < 0.35 else random.randint(1, AHEAD_DAYS_MAX)
        booked = _weekday(FIRST_DAY + timedelta(days=number * DAYS // ROWS))
        clock = time(random.randint(7, 16), random.randint(0, 59), random.randint(0, 59))
        rows.append(
            SourceRow(
                patient=patient,
                appointment=str(7_000_000 + number),
                gender="F" if gender == "F" else "M",
                booked_at=datetime.combine(booked, clock, ZONE),
                day=_weekday(booked + timedelta(days=ahead)),
                age=age,
                neighbourhood=neighbourhood,
                hypertension=age > 35 and random.random() < 0.35,
                diabetes=age > 35 and random.random() < 0.15,
                reminded=ahead > 2 and random.random() < 0.6,
                no_show=random.random() < (NO_SHOW_LATER if ahead else NO_SHOW_SAME_DAY),
            )
        )
    return Source("a generated clinic", f"generated-{VERSION}", tuple(patient_by_patient(rows)))


def _patient(random: Random, number: int) -> tuple[str, str, int, str]:
    [ages] = random.choices(list(AGES), weights=list(AGES.values()))
    [neighbourhood] = random.choices(list(NEIGHBOURHOODS), weights=list(NEIGHBOURHOODS.values()))
    gender = "F" if random.random() < 0.65 else "M"
    return str(1_000_000 + number), gender, random.choice(ages), neighbourhood


def _weekday(day: date) -> date:
    return day + timedelta(days={6: 2, 7: 1}.get(day.isoweekday(), 0))
