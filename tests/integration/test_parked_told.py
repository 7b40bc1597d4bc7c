"""Of a patient who is parked, "as of" and "why" answer what the row does, and say so: through every process."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from command_api.http.queries.left_out import LeftOut, by_all
from faults.operators import Operators
from system import PROJECTORS, System, book, in_days, put_clinic, register

NAME = {"full_name": "Ana Longa"}


async def done(client: httpx.AsyncClient, method: str, path: str, **body: Any) -> int:
    """The position of its last event."""
    answer = await client.request(method, f"/v1/{path}", json=body)
    assert answer.is_success, answer.text
    return int(answer.headers["Healz-Position"])


async def got(client: httpx.AsyncClient, path: str, **query: Any) -> dict[str, Any]:
    answer = await client.get(f"/v1/{path}", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def agree(client: httpx.AsyncClient, path: str, parked: int | None) -> dict[str, Any]:
    """The row's values are those of "why", and of "as of now"; returns them."""
    row, why = await got(client, path), await got(client, f"{path}/why")
    assert why["parked_at_position"] == parked
    assert {name: column["value"] for name, column in why["columns"].items()} == row
    if parked is not None:
        assert all(column["set_by"]["position"] != parked for column in why["columns"].values())
    if path.startswith("patients/"):
        then = await got(client, f"{path}/as-of", at=in_days(1))
        assert then.pop("parked_at_position") == parked
        assert then.pop("dropped_positions") == why["dropped_positions"]
        then.pop("as_of")
        assert then == row
    return row


async def committed_at(system: System, position: int) -> datetime:
    at: datetime = await system.database.admin.fetchval(
        "SELECT created_at FROM event_store.events WHERE tenant_id = $1 AND position = $2", system.tenant_id, position
    )
    return at


async def operate(system: System, name: str, *words: str) -> dict[str, Any]:
    code, answer, complained = await Operators(system).call(name, *words)
    assert code == 0, complained
    return answer


async def unreadable(system: System, position: int) -> None:
    await system.database.admin.execute(
        "UPDATE event_store.events SET event_data = '{}' WHERE tenant_id = $1 AND position = $2",
        *(system.tenant_id, position),
    )


async def start_the_rest(system: System) -> None:
    for name in ("relay", *PROJECTORS):
        system.start(name)
    await system.caught_up()


async def test_a_row_that_was_refused_and_an_event_that_was_dropped_are_left_out(system: System) -> None:
    await system.start_all()
    async with system.client() as admin:
        clinic = await put_clinic(admin)
        patient_id = await register(admin)
        path = f"patients/{patient_id}"
        await book(admin, patient_id, clinic, days=2)
        await system.caught_up()
        named = (await agree(admin, path, None))["full_name"]
        await system.database.admin.execute(
            "ALTER TABLE patient.patient_view ADD CONSTRAINT short CHECK (full_name <> 'Ana Longa')"
        )
        parked = await done(admin, "PUT", f"{path}/contact", **NAME)
        await book(admin, patient_id, clinic, days=3)
        await system.caught_up()
        row = await agree(admin, path, parked)
        assert (row["full_name"], row["total_appointments"]) == (named, 1)
        before = (await committed_at(system, parked)) - timedelta(microseconds=1)
        assert (await got(admin, f"{path}/as-of", at=before.isoformat()))["parked_at_position"] is None
        assert (await got(admin, f"{path}/as-of", at=in_days(1)))["total_appointments"] == 1
        # The other read models have it all.
        [journey] = (await got(admin, "journeys", patient_id=str(patient_id)))["items"]
        await agree(admin, f"journeys/{journey['journey_id']}", None)

        explained = await operate(system, "patient", "why", "patient_view", str(patient_id))
        assert (explained["parked_at_position"], all(one["right"] for one in explained["columns"])) == (parked, True)
        await operate(system, "patient", "parked", "drop", "--all", "--reason", "a wrong name", "--yes")
        explained = await operate(system, "patient", "why", "patient_view", str(patient_id))
        assert explained["parked_at_position"] is None
        await system.database.admin.execute("ALTER TABLE patient.patient_view DROP CONSTRAINT short")
        row = await agree(admin, path, None)
        assert (row["full_name"], row["total_appointments"]) == (named, 2)
        for told in (await got(admin, f"{path}/why"), await got(admin, f"{path}/as-of", at=in_days(1))):
            assert told["dropped_positions"] == [parked]
        assert (await got(admin, f"{path}/as-of", at=before.isoformat()))["dropped_positions"] == []
        await book(admin, patient_id, clinic, days=4)
        await system.caught_up()
        assert (await agree(admin, path, None))["total_appointments"] == 3


async def test_an_event_that_cannot_be_read_ends_what_is_folded(system: System) -> None:
    system.start("command-api")
    await system.ready()
    async with system.client() as admin:
        clinic = await put_clinic(admin)
        patient_id = await register(admin)
        appointment_id = await book(admin, patient_id, clinic, days=2)
        parked = await done(admin, "PUT", f"patients/{patient_id}/contact", **NAME)
        await done(admin, "POST", f"appointments/{appointment_id}/confirmation", confirmation_method="phone")
        await unreadable(system, parked)
        await start_the_rest(system)
        row = await agree(admin, f"patients/{patient_id}", parked)
        assert row["full_name"] != NAME["full_name"]
        assert (await agree(admin, f"appointments/{appointment_id}", parked))["status"] == "scheduled"
        [journey] = (await got(admin, "journeys", patient_id=str(patient_id)))["items"]
        await agree(admin, f"journeys/{journey['journey_id']}", parked)
        only = await got(admin, f"patients/{patient_id}/why", column="full_name")
        assert (list(only["columns"]), only["parked_at_position"]) == (["full_name"], parked)
        async with system.client("receptionist", clinics=[clinic.clinic_id]) as bound:
            then = await got(bound, f"patients/{patient_id}/as-of", at=in_days(1))
            assert (then["parked_at_position"], then["full_name"]) == (parked, row["full_name"])
            assert (await got(bound, f"patients/{patient_id}/why"))["parked_at_position"] == parked


async def test_who_is_parked_and_anonymised_later_is_forgotten_in_the_answers(system: System) -> None:
    system.start("command-api")
    await system.ready()
    async with system.client() as admin:
        patient_id = await register(admin)
        parked = await done(admin, "PUT", f"patients/{patient_id}/contact", **NAME)
        await done(admin, "POST", f"patients/{patient_id}/anonymize", reason="patient_request")
        await unreadable(system, parked)
        await start_the_rest(system)
        row = await agree(admin, f"patients/{patient_id}", parked)
        assert (row["phone"], row["status"]) == ("", "inactive")
        explained = await operate(system, "patient", "why", "patient_view", str(patient_id))
        assert (explained["parked_at_position"], all(one["right"] for one in explained["columns"])) == (parked, True)


async def test_who_is_parked_at_the_anonymisation_is_forgotten_in_the_answers(system: System) -> None:
    """By one read model there, by another one before: whatever an answer is made of."""
    await system.start_all()
    refuse = "ALTER TABLE {0}.{0}_view ADD CONSTRAINT refused CHECK ({1})"
    async with system.client() as admin:
        clinic = await put_clinic(admin)
        patient_id = await register(admin, full_name="Ana")
        appointment_id = await book(admin, patient_id, clinic, days=2)
        await system.caught_up()
        [journey] = (await got(admin, "journeys", patient_id=str(patient_id)))["items"]
        await system.database.admin.execute(refuse.format("patient", "preferences IS NULL"))
        before = await done(admin, "PUT", f"patients/{patient_id}/preferences", communication_channel="sms")
        await system.caught_up()
        for name in ("appointment", "journey"):
            await system.database.admin.execute(refuse.format(name, "patient_name = 'Ana'"))
        at = await done(admin, "POST", f"patients/{patient_id}/anonymize", reason="patient_request")
        await system.caught_up()
        parked = [
            await system.database.admin.fetchval(f"SELECT min(position) FROM {name}.parked_patient")
            for name in ("patient", "appointment", "journey")
        ]
        assert (parked[0], parked[1] == parked[2], before < parked[1] <= at) == (before, True, True)
        async with system.client("receptionist", clinics=[clinic.clinic_id]) as bound:
            for client in (admin, bound):
                columns = (await got(client, f"patients/{patient_id}/why"))["columns"]
                shown = columns["full_name"]["value"], columns["phone"]["value"]
                assert shown == ("Anonymized patient", "")
                assert columns["full_name"]["set_by"]["event_type"] == "PatientAnonymized"
                for path in (f"appointments/{appointment_id}", f"journeys/{journey['journey_id']}"):
                    columns = (await got(client, f"{path}/why"))["columns"]
                    shown = columns["patient_name"]["value"], columns["patient_phone"]["value"]
                    assert shown == ("Anonymized patient", "")


async def test_who_is_bound_to_clinics_is_not_told_of_an_event_elsewhere(system: System) -> None:
    await system.start_all()
    async with system.client() as admin:
        here, there = [await put_clinic(admin) for _ in range(2)]
        patient_id = await register(admin)
        path = f"patients/{patient_id}"
        await book(admin, patient_id, here, days=2)
        elsewhere: UUID = await book(admin, patient_id, there, days=3)
        await system.caught_up()
        await system.database.admin.execute(
            "ALTER TABLE patient.patient_view ADD CONSTRAINT none CHECK (cancelled_appointments = 0)"
        )
        await done(admin, "POST", f"appointments/{elsewhere}/cancellation", reason="mudou")
        await system.caught_up()
        parked = await system.database.admin.fetchval("SELECT position FROM patient.parked_patient")
        await agree(admin, path, parked)
        async with system.client("receptionist", clinics=[here.clinic_id]) as bound:
            then = await got(bound, f"{path}/as-of", at=in_days(1))
            assert then["parked_at_position"] is None, "nothing that they may know of is missing"
            assert (await got(bound, f"{path}/why"))["parked_at_position"] is None
            await book(admin, patient_id, here, days=4)
            await system.caught_up()
            history = (await got(bound, f"{path}/history", limit=200))["items"]
            first = min(event["position"] for event in history if event["position"] > parked)
            then = await got(bound, f"{path}/as-of", at=in_days(1))
            assert (then["parked_at_position"], then["total_appointments"]) == (first, 1)
            assert (await got(bound, f"{path}/why"))["parked_at_position"] == first
            await operate(system, "patient", "parked", "drop", "--all", "--reason", "a wrong one", "--yes")
            assert (await got(admin, f"{path}/why"))["dropped_positions"] == [parked]
            assert (await got(bound, f"{path}/why"))["dropped_positions"] == [], "it is elsewhere"
            assert (await got(bound, f"{path}/as-of", at=in_days(1)))["dropped_positions"] == []


@pytest.mark.parametrize(
    ("patient", "journey", "both"),
    [
        (LeftOut(), LeftOut(7), LeftOut()),
        (LeftOut(5), LeftOut(7), LeftOut(7)),
        (LeftOut(None, frozenset({3, 4})), LeftOut(4, frozenset({3})), LeftOut(None, frozenset({3, 4}))),
        (LeftOut(5, frozenset({2})), LeftOut(9, frozenset({5})), LeftOut(9, frozenset({5}))),
        (LeftOut(5), LeftOut(None, frozenset({3, 7})), LeftOut(None, frozenset({7}))),
    ],
)
def test_nobody_reads_what_all_leave_out(patient: LeftOut, journey: LeftOut, both: LeftOut) -> None:
    assert by_all({"patient": patient, "journey": journey}) == both
