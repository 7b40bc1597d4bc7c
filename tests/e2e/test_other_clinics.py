"""Other clinics' files, as they come: each row is accepted, or refused for a reason that a clerk understands."""

from collections import Counter
from typing import Any
from uuid import UUID

import httpx
import pytest

from always_true import log_holds, read_models_equal_fold
from healz.events.appointment import AppointmentCancelled, AppointmentCompleted, AppointmentMarkedAsNoShow
from other_clinics import DENTISTS, PROCEDURES, SPECIALITIES, Export, dental_clinic, doctors, policlinic
from past import PATH, counts, refusals
from system import System, put_clinic

FILES: dict[str, tuple[Export, tuple[str, ...], dict[str, Any]]] = {
    "policlinic": (policlinic(), SPECIALITIES, {"column": ["Especialidade:doctor_id"]}),
    "dental clinic": (
        dental_clinic(),
        DENTISTS,
        {
            "column": ["Procedimento:appointment_type", "Dentista:doctor_id"],
            "word": [f"appointment_type:{theirs}:{ours}" for theirs, ours in PROCEDURES.items()],
        },
    ),
}
OUTCOMES = {
    "Compareceu": "AppointmentCompleted",
    "Atendido": "AppointmentCompleted",
    "Faltou": "AppointmentMarkedAsNoShow",
    "Cancelado pelo paciente": "AppointmentCancelled",
    "Cancelado pela clínica": "AppointmentCancelled",
}


async def put_doctors(admin: httpx.AsyncClient, clinic_id: UUID, words: tuple[str, ...]) -> list[str]:
    """Reference data for each; what the words mean, as the request says it."""
    ids = doctors(clinic_id, words)
    for word, doctor_id in ids.items():
        body = {"full_name": word, "clinic_ids": [str(clinic_id)]}
        (await admin.put(f"/v1/doctors/{doctor_id}", json=body)).raise_for_status()
    return [f"doctor_id:{word}:{doctor_id}" for word, doctor_id in ids.items()]


@pytest.mark.parametrize("name", FILES)
async def test_every_row_is_accepted_or_refused_for_a_reason(system: System, name: str) -> None:
    export, words, mapping = FILES[name]
    await system.start_all()
    async with system.client() as admin, system.client("import") as importing:
        clinic = await put_clinic(admin)
        mapping = mapping | {"cell": f"clinic_id:{clinic.clinic_id}"}
        mapping["word"] = [*mapping.get("word", []), *await put_doctors(admin, clinic.clinic_id, words)]
        headers = {"Idempotency-Key": name, "Content-Type": "text/csv"}
        tried = await importing.post(
            PATH, content=export.file, params=mapping | {"dry_run": "true"}, headers=headers, timeout=120
        )
        answer = await importing.post(PATH, content=export.file, params=mapping, headers=headers, timeout=120)
        tally = answer.json()
        await system.caught_up()

    assert answer.status_code == 200, answer.text
    expected = [(number, *export.expected[number]) for number in sorted(export.expected)]
    assert refusals(tally) == expected[:50]
    assert counts(tally) == (export.rows, export.rows - len(export.expected), 0, len(export.expected))
    assert (tally["remarked"], tally["squeezed_in"]) == (len(export.remarked), export.squeezed_in)
    assert {**tried.json(), "dry_run": False, "position": tally["position"]} == tally
    outcomes = (AppointmentCompleted, AppointmentMarkedAsNoShow, AppointmentCancelled)
    log = [event.event_data for event in await system.database.log(system.tenant_id)]
    ended = Counter(type(data).__name__ for data in log if isinstance(data, outcomes))
    assert ended == Counter(OUTCOMES[status] for status in export.statuses)
    accounts = Counter(data.on_whose_account or "patient" for data in log if isinstance(data, AppointmentCancelled))
    by_the_clinic = export.statuses.count("Cancelado pela clínica")
    assert (accounts["clinic"], accounts["patient"]) == (by_the_clinic, ended["AppointmentCancelled"] - by_the_clinic)
    for refusal in tally["refusals"]:
        # A clerk reads it beside the row: no code, no name of a type, and what to do.
        assert not {"Input", "Literal", "NoneType", "Error"} & set(refusal["message"].split())
        assert len(refusal["message"]) > 30
    await log_holds(system.database)
    await read_models_equal_fold(system.database)


def test_the_files_are_the_same_each_time() -> None:
    assert policlinic().file == policlinic().file
    assert dental_clinic().file == dental_clinic().file
    assert (policlinic().rows, dental_clinic().rows) == (42, 1500)
