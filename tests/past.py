"""Files of past appointments, as a clinic's old system might write them."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import httpx

from system import Clinic

PATH = "/v1/imports/appointments"


def visit(clinic: Clinic, n: int = 0, **changes: Any) -> dict[str, str]:
    """A row: the ``n``-th patient's visit, in the ``n``-th half-hour of a long gone year. None leaves a cell empty."""
    day, half_hour = divmod(n, 20)
    at = f"{8 + half_hour // 2:02}:{half_hour % 2 * 30:02}"
    row = {
        "patient_phone": f"+5527999{n:06}",
        "patient_name": f"Paciente Número {n}",
        "patient_birth_date": "1985-07-14",
        "patient_cpf": "",
        "patient_guardian_phone": "",
        "clinic_id": str(clinic.clinic_id),
        "doctor_id": str(clinic.doctor_id),
        "scheduled_for": f"2019-{3 + day // 28:02}-{1 + day % 28:02}T{at}",
        "booked_at": "2019-02-14T09:30:00-03:00",
        "appointment_type": "first_visit",
        "outcome": "completed",
        "notes": "",
    }
    return row | {name: "" if value is None else str(value) for name, value in changes.items()}


def written(rows: Iterable[Mapping[str, str]], delimiter: str = ",") -> bytes:
    """The file."""
    rows = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


async def send(client: httpx.AsyncClient, file: bytes | Iterable[Mapping[str, str]], key: str = "agenda") -> Any:
    """Imports the file, which must be taken; the answer's body."""
    answer = await post(client, file, key)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(
    client: httpx.AsyncClient, file: bytes | AsyncIterator[bytes] | Iterable[Mapping[str, str]], key: str
) -> httpx.Response:
    """Imports the file; the answer."""
    body = file if isinstance(file, bytes | AsyncIterator) else written(file)
    headers = {"Idempotency-Key": key, "Content-Type": "text/csv"}
    return await client.post(PATH, content=body, headers=headers)


def refusals(tally: Any) -> list[tuple[int, str | None, str]]:
    """(row, column, rule) of each."""
    return [(refusal["row"], refusal["column"], refusal["rule"]) for refusal in tally["refusals"]]


def counts(tally: Any) -> tuple[int, int, int, int]:
    """rows, accepted, known, refused."""
    return tally["rows"], tally["accepted"], tally["known"], tally["refused"]
