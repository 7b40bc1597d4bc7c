"""A family on one phone: each of them is a patient with appointments and a journey of their own."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from always_true import log_holds, read_models_equal_fold
from counted import read_models_agree_with_counts
from system import Clinic, System, book, new_phone, put_clinic, register

CHILDREN = {"Ana": 2, "Bento": 9, "Clara": 17}
"""Name, and age in years."""


def born(years_ago: int) -> str:
    """Some months after the birthday of that age."""
    return (datetime.now(UTC) - timedelta(days=365.25 * years_ago + 100)).date().isoformat()


async def says(client: httpx.AsyncClient, patient_id: UUID, clinic: Clinic) -> None:
    """The patient's first message, on the family's phone."""
    body = {"patient_id": str(patient_id), "clinic_id": str(clinic.clinic_id)}
    (await client.post("/v1/conversations", json=body | {"on_behalf_of_patient": True})).raise_for_status()


async def test_three_children_and_their_mother_on_one_phone(system: System) -> None:
    await system.start_all()
    phone = new_phone()
    async with system.client() as admin, system.client("bot") as bot:
        clinic, elsewhere = await put_clinic(admin), await put_clinic(admin)
        family: dict[str, UUID] = {}
        # Two of the children come before their mother: it is nobody's phone alone by then.
        for name in ("Ana", "Bento", "Mother", "Clara"):
            who: dict[str, Any] = {"full_name": name, "phone": phone}
            if name in CHILDREN:
                who |= {"birth_date": born(CHILDREN[name]), "guardian_phone": phone}
            family[name] = await register(bot, **who)

        # With the mother it is hers: no other adult's, and a child's only with its guardian's.
        stranger = {"full_name": "Somebody else", "phone": phone}
        assert (await bot.post("/v1/patients", json=stranger)).json()["rule"] == "phone_taken"
        child = stranger | {"birth_date": born(5)}
        assert (await bot.post("/v1/patients", json=child)).json()["rule"] == "guardian_needed"

        # Each at another time; Bento and the mother at the same, with other doctors in other clinics.
        await book(admin, family["Ana"], clinic, days=1)
        await book(admin, family["Bento"], clinic, days=3)
        await book(admin, family["Mother"], elsewhere, days=3)
        await says(bot, family["Clara"], clinic)
        later = await book(admin, family["Clara"], clinic, days=7)
        (await admin.post(f"/v1/appointments/{later}/cancellation", json={})).raise_for_status()
        await says(bot, family["Mother"], clinic)

        await system.caught_up()
        found = (await admin.get("/v1/patients", params={"phone": phone})).json()["items"]

    assert {UUID(patient["patient_id"]): patient["full_name"] for patient in found} == {
        key: name for name, key in family.items()
    }
    rows = await system.database.admin.fetch(
        "SELECT patient_name, patient_phone, clinic_id, current_stage, total_appointments, cancelled_appointments"
        " FROM journey.journey_view WHERE is_active ORDER BY patient_name, current_stage"
    )
    here, there = clinic.clinic_id, elsewhere.clinic_id
    assert [tuple(row) for row in rows] == [
        ("Ana", phone, here, "scheduled", 1, 0),
        ("Bento", phone, here, "scheduled", 1, 0),
        ("Clara", phone, here, "first_contact", 1, 1),
        ("Mother", phone, here, "first_contact", 0, 0),
        ("Mother", phone, there, "scheduled", 1, 0),
    ]
    await log_holds(system.database)
    await read_models_equal_fold(system.database)
    await read_models_agree_with_counts(system.database)
