"""From an HTTP command to a row in each read model, over real PostgreSQL and real Kafka."""

from system import System, book, data_of, put_clinic, register


async def test_a_booking_reaches_every_read_model(system: System) -> None:
    await system.start_all()
    async with system.client() as client:
        clinic = await put_clinic(client)
        patient_id = await register(client)
        appointment_id = await book(client, patient_id, clinic)
        position = len(await system.database.log(system.tenant_id))
        fresh = {"Healz-Min-Position": str(position)}

        patient = await client.get(f"/v1/patients/{patient_id}", headers=fresh)
        appointment = await client.get(f"/v1/appointments/{appointment_id}", headers=fresh)
        history = await client.get(f"/v1/patients/{patient_id}/history")

    assert patient.json()["total_appointments"] == 1
    assert patient.json()["current_journey_stage"] == "scheduled"
    assert appointment.json()["status"] == "scheduled"
    assert [event["event_type"] for event in history.json()["items"]] == [
        "PatientRegistered",
        "AppointmentScheduled",
        "JourneyStarted",
        "JourneyStageChanged",
    ]
    await system.caught_up()
    await system.outbox_empty()
    records = await system.records()
    assert [data_of(record)["position"] for record in records] == [1, 2, 3, 4]
    assert {record.key for record in records} == {str(system.tenant_id).encode()}
