"""Three hundred real appointments as one file: counts agree from its rows to the read models."""

import csv
from collections import Counter

import pytest

from conftest import REAL_APPOINTMENTS
from healz_local.demo.allocate import PlannedVisit, allocate
from healz_local.demo.people import People
from healz_local.demo.rows import read_rows
from past import counts, send, written
from system import System

ROWS = 300


def exported(visits: list[PlannedVisit], people: People) -> bytes:
    """The file that the clinics' old system might have written."""
    rows = []
    for visit in visits:
        person = people.person(visit.row.patient)
        row = {
            "patient_name": person.full_name,
            "patient_phone": person.phone,
            "patient_birth_date": person.birth_date,
            "patient_cpf": person.cpf or "",
            "patient_guardian_phone": person.guardian_phone or "",
            "clinic_id": visit.clinic_id,
            "doctor_id": visit.doctor_id,
            "scheduled_for": visit.starts_at.isoformat(),
            "booked_at": visit.row.booked_at.replace(tzinfo=None).isoformat(),
            "appointment_type": "first_visit" if visit.is_first else "return",
            "outcome": "no_show" if visit.row.no_show else "completed",
        }
        rows.append({name: str(value) for name, value in row.items()})
    return written(rows, ";")


async def test_real_appointments_are_imported_once_and_counts_agree(system: System) -> None:
    if not REAL_APPOINTMENTS.exists():
        pytest.skip("the real appointments are not here: they are not the project's")
    source = read_rows(REAL_APPOINTMENTS)
    visits = allocate(source.rows)[:ROWS]
    numbers = {str(visit.row.appointment) for visit in visits}
    with REAL_APPOINTMENTS.open() as file:
        rows = [row for row in csv.DictReader(file) if row["AppointmentID"].removesuffix(".0") in numbers]
    assert len(rows) == ROWS
    missed = sum(row["No_show"] == "Yes" for row in rows)

    await system.start_all()
    async with system.client() as admin, system.client("import") as importing:
        for clinic_id in {visit.clinic_id for visit in visits}:
            (await admin.put(f"/v1/clinics/{clinic_id}", json={"name": "Unidade de Saúde"})).raise_for_status()
        for doctor_id, clinic_id in {(visit.doctor_id, visit.clinic_id) for visit in visits}:
            body = {"full_name": "Dra. Ana Conceição", "clinic_ids": [str(clinic_id)]}
            (await admin.put(f"/v1/doctors/{doctor_id}", json=body)).raise_for_status()
        export = exported(visits, People(source.identity, source.rows))
        tally = await send(importing, export)
        again = await send(importing, export, "a copy")
    await system.caught_up()

    assert (counts(tally), counts(again)) == ((ROWS, ROWS, 0, 0), (ROWS, 0, ROWS, 0))
    assert tally["events"] == tally["position"] == await system.database.events()
    stored = Counter(event.event_type for event in await system.database.log(system.tenant_id))
    patients = len({row["PatientId"] for row in rows})
    journeys = len({(row["PatientId"], row["Neighbourhood"]) for row in rows})
    assert stored["PatientRegistered"] == patients
    assert stored["AppointmentScheduled"] == ROWS
    assert (stored["AppointmentMarkedAsNoShow"], stored["AppointmentCompleted"]) == (missed, ROWS - missed)
    assert stored["JourneyStarted"] == journeys

    eyes = system.database.admin
    [shown] = await eyes.fetch(
        "SELECT count(*) AS patients, sum(total_appointments) AS booked, sum(no_show_count) AS missed,"
        " sum(completed_appointments) AS came FROM patient.patient_view"
    )
    assert tuple(shown) == (patients, ROWS, missed, ROWS - missed)
    statuses = await eyes.fetch("SELECT status, count(*) FROM appointment.appointment_view GROUP BY 1")
    assert {row["status"]: row["count"] for row in statuses} == {"no_show": missed, "completed": ROWS - missed}
    assert await eyes.fetchval("SELECT count(*) FROM journey.journey_view") == journeys
