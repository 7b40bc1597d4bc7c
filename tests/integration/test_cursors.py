"""A page's ``next`` is taken by its own route, whatever the last row is called, to the last page."""

import random
from typing import Any

import httpx
from uuid_utils.compat import uuid7

from command_api.http.queries.reader import CURSOR_LENGTH_MAX, write_cursor
from healz.read_models.patient_row import SEARCH_LENGTH_MAX
from query_rows import pages
from system import System, book, in_days, put_clinic, register

LENGTH = 255
RANDOM = random.Random(23)
NAMES = [
    # Four bytes each, in UTF-8.
    *("".join(chr(RANDOM.randrange(0x20000, 0x2A6D0)) for _ in range(LENGTH)) for _ in range(3)),
    # Each is one letter that comes apart into up to eighteen.
    "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * LENGTH,
    *("A" + "".join(chr(RANDOM.randrange(0x3300, 0x3358)) for _ in range(LENGTH - 1)) for _ in range(3)),
    # JSON writes each with another before it.
    "A" + '"' * (LENGTH - 1),
    "A" + "\\" * (LENGTH - 1),
]


async def test_the_longest_names_are_paged_through(system: System) -> None:
    await system.start_all()
    async with system.client() as client:
        clinic = await put_clinic(client)
        registered = [await register(client, full_name=name) for name in NAMES]
        booked = [await book(client, patient_id, clinic, days=1 + n / 20) for n, patient_id in enumerate(registered)]
        client.headers["Healz-Min-Position"] = str(max((await system.database.heads()).values()))
        patients = [patient["patient_id"] for patient in await alone(client, "/v1/patients")]
        assert sorted(patients) == sorted(map(str, registered))
        for path, query in (
            ("/v1/appointments/unconfirmed", {"hours_from": 1, "hours_until": 160}),
            ("/v1/appointments", {"doctor_id": str(clinic.doctor_id)} | {"from": in_days(0), "until": in_days(9)}),
        ):
            assert [appointment["appointment_id"] for appointment in await alone(client, path, **query)] == [
                *map(str, booked)
            ], path
        for path, query in (("/v1/journeys", {}), ("/v1/journeys/at-risk", {"score_min": 0})):
            found = [journey["patient_id"] for journey in await alone(client, path, **query)]
            assert sorted(found) == sorted(map(str, registered)), path
        history = f"/v1/patients/{registered[0]}/history"
        assert len(await alone(client, history)) == 4


async def alone(client: httpx.AsyncClient, path: str, **query: Any) -> list[dict[str, Any]]:
    """The items of all pages of one row each."""
    return [item for page in await pages(client, path, limit=1, **query) for item in page]


def test_no_cursor_is_longer_than_the_parameter_takes() -> None:
    worst = chr(1) * SEARCH_LENGTH_MAX
    assert len(write_cursor(worst, uuid7())) <= CURSOR_LENGTH_MAX
