"""Why the values of a row are as they are, beside the row as of now, which is folded from the same events."""

from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

import pytest

from benchmarks.conftest import Tell
from benchmarks.figures import percentile, shown
from benchmarks.load import Plan, load
from benchmarks.sizes import SIZES
from healz.read_models import READ_MODELS
from long_history import new_talker
from system import System, book, put_clinic

pytestmark = pytest.mark.benchmark

EVENTS = 500
MESSAGE_LENGTH = 100
FIRST_EVENTS = 8
"""Of a new talker with an appointment, at least; a few more don't matter."""
P95_MS_MAX = 250.0
"""50 are wanted, of a machine that does nothing else."""
AGAIN = 10
"""So many are kept, by the setting."""
AS_OF_RATIO_MAX = 10.0
WARM_QUESTIONS = 10


@dataclass(frozen=True)
class Paths:
    """Of one patient with so many events."""

    as_of: str
    patient: str
    appointment: str
    journey: str


async def test_why(system: System, tell: Tell) -> None:
    """Why the values of a row are as they are: a patient with 500 events, p95"""
    system.start("command-api")
    await system.ready()
    warm, *known = await planted(system, 1 + SIZES.why_patients)
    # The pool's connections prepare their statements; what is asked about the others is the first about its patient.
    for _ in range(WARM_QUESTIONS):
        await asked(system, [warm.as_of, warm.patient, warm.appointment, warm.journey])
    as_of = await asked(system, [paths.as_of for paths in known])
    for what in ("patient", "appointment", "journey"):
        paths = [getattr(of, what) for of in known]
        cold = await asked(system, paths)
        beside = f"the median: {shown(median(cold))}"
        tell(f"{what}, the first time", "ms", [p95(cold)], AS_OF_RATIO_MAX, "as of now", [p95(as_of)], at_most=True)
        tell(f"{what}, the first time", "ms", [p95(cold)], P95_MS_MAX, at_most=True, beside=beside)
        await asked(system, paths[:AGAIN])
        again = [p95(await asked(system, paths[:AGAIN] * 5)) for _ in range(SIZES.rounds)]
        tell(f"{what}, again", "ms", again, P95_MS_MAX, at_most=True)


async def planted(system: System, patients: int) -> list[Paths]:
    """Patients with so many events, and their rows; the projectors are ended again."""
    known = []
    async with system.client() as client:
        for _ in range(patients):
            talker = await new_talker(client, system.tenant_id)
            appointment_id = await book(client, talker.patient_id, await put_clinic(client))
            await talker.go_on(system.database, EVENTS - FIRST_EVENTS, MESSAGE_LENGTH)
            known.append((talker.patient_id, appointment_id))
    # Messages that nobody sent lie in no outbox.
    system.settings["HEALZ_RECONCILE_INTERVAL_MS"] = "200"
    projectors = [system.start(f"projector-{name}") for name in READ_MODELS]
    await system.caught_up(seconds=120)
    for projector in projectors:
        await system.end(projector)
    journeys = {
        row["patient_id"]: row["journey_id"]
        for row in await system.database.admin.fetch("SELECT patient_id, journey_id FROM journey.journey_view")
    }
    at = f"{datetime.now(UTC):%Y-%m-%d}"
    return [
        Paths(
            as_of=f"/v1/patients/{patient_id}/as-of?at={at}",
            patient=f"/v1/patients/{patient_id}/why",
            appointment=f"/v1/appointments/{appointment_id}/why",
            journey=f"/v1/journeys/{journeys[patient_id]}/why",
        )
        for patient_id, appointment_id in known
    ]


async def asked(system: System, paths: list[str]) -> list[float]:
    """Milliseconds of each, one after the other."""
    async with system.client() as client:
        token = client.headers["authorization"].removeprefix("Bearer ")
    seen = await load(Plan(port=system.api_port, tokens=[token], connections=1, requests=len(paths), paths=paths))
    assert not seen.refused, seen.refused
    return seen.answered


def p95(answered: list[float]) -> float:
    return percentile(answered, 95)
