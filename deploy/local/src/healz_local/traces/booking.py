"""One booking that is traced, of an organisation of its own: nobody's figures change by it."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx

from healz_local.errors import LocalStackError
from healz_local.settings import LocalSettings
from healz_local.tokens import development_secret, issue_token

TENANT = UUID("0b5c1f6e-6d0a-7c3e-9d53-3a1f2c4e5d61")
CLINIC = "0b5c1f6e-6d0a-7c3e-9d53-3a1f2c4e5d62"
DOCTOR = "0b5c1f6e-6d0a-7c3e-9d53-3a1f2c4e5d63"
TRIES = 20
DAYS_AHEAD_MAX = 300
TAKEN = "doctor_overlap"


@dataclass(frozen=True)
class TracedBooking:
    """What was booked, in which trace."""

    trace_id: str
    appointment_id: str
    position: int


def book_traced(settings: LocalSettings) -> TracedBooking:
    """Books a new patient at a time that is free; the booking itself asks to be recorded, whatever else is not.

    Raises LocalStackError.
    """
    token = issue_token(development_secret(settings.home), TENANT, "admin", subject="trace")
    headers = {"Authorization": f"Bearer {token}"}
    try:
        with httpx.Client(base_url=settings.api_url, headers=headers, timeout=15, trust_env=False) as client:
            _ask(client, "PUT", f"/v1/clinics/{CLINIC}", {"name": "Clínica do rastro"})
            _ask(client, "PUT", f"/v1/doctors/{DOCTOR}", {"full_name": "Dra. Vera Rastro", "clinic_ids": [CLINIC]})
            phone = f"+5527{9 * 10**8 + secrets.randbelow(10**8)}"
            patient = _ask(client, "POST", "/v1/patients", {"phone": phone, "full_name": "Tereza Rastro"})
            return _book(client, patient.json()["id"])
    except httpx.TransportError as error:
        raise LocalStackError(f"The API at {settings.api_url} does not answer: run `make up`.") from error


def _book(client: httpx.Client, patient_id: str) -> TracedBooking:
    for _ in range(TRIES):
        at = datetime.now(UTC) + timedelta(minutes=60 + 30 * secrets.randbelow(DAYS_AHEAD_MAX * 48))
        trace_id = secrets.token_hex(16)
        client.headers["traceparent"] = f"00-{trace_id}-{secrets.token_hex(8)}-03"
        body = {
            "patient_id": patient_id,
            "clinic_id": CLINIC,
            "doctor_id": DOCTOR,
            "scheduled_for": at.isoformat(),
            "appointment_type": "first_visit",
        }
        answer = client.post("/v1/appointments", json=body)
        if answer.status_code == httpx.codes.CONFLICT and answer.json().get("rule") == TAKEN:
            continue
        booked = _good(answer).json()
        return TracedBooking(trace_id, booked["id"], booked["position"])
    raise LocalStackError(f"The doctor had no time free at {TRIES} times tried.")


def _ask(client: httpx.Client, method: str, path: str, body: dict[str, object]) -> httpx.Response:
    return _good(client.request(method, path, json=body))


def _good(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        raise LocalStackError(f"{answer.request.method} {answer.request.url.path} was refused: {answer.text[:300]}")
    return answer
