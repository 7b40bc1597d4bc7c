"""A clinic's day, drawn by a seed: writers that send commands over HTTP and remember what they were answered."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from system import Clinic, System, eventually, new_phone, put_clinic

SLOT = timedelta(minutes=30)
WISHES = {
    "book": 30,
    "confirm": 20,
    "reschedule": 12,
    "cancel": 10,
    "past": 10,
    "correct": 8,
    "rename": 10,
    "status": 4,
    "register": 4,
    "talk": 20,
    "steer": 10,
}
STEERING: dict[str, dict[str, str]] = {
    "risk-indicators": {"risk_type": "tone_change"},
    "escalation": {"reason": "não responde"},
    "recovery": {"reason": "ligamos"},
    "abandonment": {"reason": "mudou-se"},
    "completion": {"reason": "successful_treatment"},
}


@dataclass
class Traffic:
    """One tenant's writers. ``events`` are the ids that the answers named: no more and no fewer may be in the log."""

    client: httpx.AsyncClient
    importing: httpx.AsyncClient
    clinics: list[Clinic]
    rng: random.Random
    patients: list[UUID] = field(default_factory=list)
    appointments: list[UUID] = field(default_factory=list)
    conversations: list[UUID] = field(default_factory=list)
    journeys: list[str] = field(default_factory=list)
    events: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slots: Any = field(default_factory=count)
    first: list[str] = field(default_factory=lambda: list(reversed(WISHES)))
    """One command of each kind comes first, so that none is missing by chance. (Of each event: ``one_of_each``.)"""

    async def register(self, patients: int) -> None:
        await asyncio.gather(*(self._register() for _ in range(patients)))
        assert len(self.patients) == patients, self.failures[:3]

    async def write(self, *, events: int = 0, seconds: float = 0, writers: int = 8) -> None:
        """Until so many events were answered in all, or for so long."""
        give_up_at = asyncio.get_running_loop().time() + seconds

        async def writer() -> None:
            while len(self.events) < events or asyncio.get_running_loop().time() < give_up_at:
                await self.command()

        await asyncio.gather(*(writer() for _ in range(writers)))

    async def one_of_each(self) -> None:
        """A patient to whom all happens that a test names, whatever is drawn for the others."""
        await self._register()
        patient_id = self.patients[-1]
        for end in ("no-show", "completion"):
            await self._past(patient_id, end)
        correction = {"outcome": "no_show", "reason": "clicou errado"}
        await self._happens(f"appointments/{self.appointments[-1]}/correction", correction)
        await self._book(self.client, patient_id, datetime.now(UTC) + timedelta(days=1))
        await self._happens(f"appointments/{self.appointments[-1]}/cancellation", {"reason": "viajou"})
        talk = {"patient_id": str(patient_id), "clinic_id": str(self.clinics[0].clinic_id)}
        talk_id = (await self._happens("conversations", talk))["id"]
        await self._happens(f"conversations/{talk_id}/messages", {"direction": "inbound", "content": "Bom dia"})
        await self._happens(f"conversations/{talk_id}/escalation", {"reason": "complaint"})
        for what in ("risk-indicators", "escalation", "abandonment", "completion"):
            await self._happens(f"journeys/{self.journeys[-1]}/{what}", STEERING[what])
        assert await self._send(self.client.put(f"/v1/patients/{patient_id}/status", json={"status": "inactive"}))

    async def _happens(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        answer = await self._send(self.client.post(f"/v1/{path}", json=body))
        assert answer is not None, (path, self.answers, self.failures[-1:])
        return answer

    async def command(self) -> None:
        """One of each kind, then random ones."""
        wish = self.first.pop() if self.first else self.rng.choices(list(WISHES), list(WISHES.values()))[0]
        patient_id = self.rng.choice(self.patients)
        if wish in ("confirm", "reschedule", "cancel", "correct") and not self.appointments:
            wish = "book"
        match wish:
            case "book":
                await self._book(
                    self.client, patient_id, datetime.now(UTC) + timedelta(days=2) + next(self.slots) * SLOT
                )
            case "confirm":
                await self._about("confirmation", {"confirmation_method": "whatsapp"})
            case "reschedule":
                at = datetime.now(UTC) + timedelta(days=2) + next(self.slots) * SLOT
                await self._about("reschedule", {"scheduled_for": at.isoformat()})
            case "cancel":
                await self._about("cancellation", {"reason": "viajou"})
            case "correct":
                outcome = self.rng.choice(["completed", "no_show", "cancelled", "live"])
                await self._about("correction", {"outcome": outcome, "reason": "clicou errado"})
            case "past":
                await self._past(patient_id, self.rng.choice(["no-show", "completion"]))
            case "rename":
                name = f"Paciente {self.rng.randrange(10**6)}"
                await self._send(self.client.put(f"/v1/patients/{patient_id}/contact", json={"full_name": name}))
            case "status":
                status = self.rng.choice(["inactive", "active", "active", "active"])
                await self._send(self.client.put(f"/v1/patients/{patient_id}/status", json={"status": status}))
            case "register":
                await self._register()
            case "talk":
                await self._talk(patient_id)
            case "steer" if self.journeys:
                # Mostly an old one: what is at risk can recover, what was abandoned can be completed.
                journey_id, what = self.rng.choice(self.journeys), self.rng.choice(list(STEERING))
                await self._send(self.client.post(f"/v1/journeys/{journey_id}/{what}", json=STEERING[what]))

    async def _register(self) -> None:
        answer = await self._send(
            self.client.post("/v1/patients", json={"phone": new_phone(), "full_name": "João da Conceição"})
        )
        if answer is not None:
            self.patients.append(UUID(answer["id"]))

    async def _talk(self, patient_id: UUID) -> None:
        clinic_id = str(self.rng.choice(self.clinics).clinic_id)
        said = {"content": "Bom dia", "direction": self.rng.choice(["inbound", "outbound"])}
        if said["direction"] == "inbound":
            # Now and then one that was delivered before, to whomever.
            said["whatsapp_message_id"] = f"wamid.{self.rng.randrange(500)}"
        what, body = self.rng.choice(
            [("", {"patient_id": str(patient_id), "clinic_id": clinic_id})] * 2
            + [("messages", said)] * 5
            + [("escalation", {"reason": "complaint"}), ("resolution", {}), ("closure", {"reason": "resolvido"})]
        )
        if not what:
            answer = await self._send(self.client.post("/v1/conversations", json=body))
            if answer is not None:
                self.conversations.append(UUID(answer["id"]))
        elif self.conversations:
            conversation_id = self.rng.choice(self.conversations[-20:])
            await self._send(self.client.post(f"/v1/conversations/{conversation_id}/{what}", json=body))

    async def _book(self, client: httpx.AsyncClient, patient_id: UUID, at: datetime, **fields: str) -> UUID | None:
        clinic = self.rng.choice(self.clinics)
        body = {
            "patient_id": str(patient_id),
            "clinic_id": str(clinic.clinic_id),
            "doctor_id": str(clinic.doctor_id),
            "scheduled_for": at.isoformat(),
            "appointment_type": "first_visit",
        }
        answer = await self._send(client.post("/v1/appointments", json=body | fields))
        if answer is None:
            return None
        self.appointments.append(UUID(answer["id"]))
        return self.appointments[-1]

    async def _past(self, patient_id: UUID, end: str) -> None:
        """A visit long ago, kept or missed, as an import tells it."""
        at = datetime.now(UTC) - timedelta(days=3000) + next(self.slots) * SLOT
        then = {"occurred_at": (at - timedelta(days=1)).isoformat()}
        appointment_id = await self._book(self.importing, patient_id, at, **then)
        if appointment_id is not None:
            body = {"occurred_at": (at + SLOT).isoformat()}
            await self._send(self.importing.post(f"/v1/appointments/{appointment_id}/{end}", json=body))

    async def _about(self, what: str, body: dict[str, str]) -> None:
        # Mostly the newest: the others are cancelled long since.
        appointment_id = self.rng.choice(self.appointments[-30:])
        await self._send(self.client.post(f"/v1/appointments/{appointment_id}/{what}", json=body))

    async def _send(self, request: Any) -> dict[str, Any] | None:
        response: httpx.Response = await request
        body: dict[str, Any] = response.json()
        if response.status_code in (200, 201):
            self.answers["done"] += 1
            named = {event["event_id"] for event in body["events"]}
            assert not named & self.events, "an event was answered twice"
            self.events |= named
            self.journeys += [
                event["aggregate_id"] for event in body["events"] if event["event_type"] == "JourneyStarted"
            ]
            return body
        if response.status_code == 409:
            self.answers[body["rule"]] += 1
        else:
            self.answers[str(response.status_code)] += 1
            self.failures.append(response.text)
            # Whoever is told "not now" doesn't ask again at once.
            await asyncio.sleep(0.05)
        return None


@asynccontextmanager
async def traffic(
    system: System, *, seed: int, tenants: int = 1, patients: int = 20, clinics: int = 2
) -> AsyncIterator[list[Traffic]]:
    """Traffic for some tenants, each with clinics and patients; the first is the system's own."""
    async with AsyncExitStack() as stack:
        made: list[Traffic] = []
        for n in range(tenants):
            tenant_id = system.tenant_id if n == 0 else uuid7()
            client = await stack.enter_async_context(system.client(tenant_id=tenant_id))
            importing = await stack.enter_async_context(system.client("import", tenant_id=tenant_id))
            traffic = Traffic(
                client, importing, [await put_clinic(client) for _ in range(clinics)], random.Random(seed + n)
            )
            await traffic.register(patients)
            made.append(traffic)
        yield made


async def write(all_traffic: list[Traffic], *, events: int, writers: int = 8) -> None:
    """All tenants' writers together, until there are so many events in all; ``writers`` in all."""
    each = max(1, writers // len(all_traffic))
    await asyncio.gather(*(traffic.write(events=events // len(all_traffic), writers=each) for traffic in all_traffic))


async def amid(all_traffic: list[Traffic], events: int) -> None:
    """Returns once so many events were answered in all, while others write on."""

    async def so_many() -> bool:
        return len(answered(all_traffic)) >= events

    await eventually(so_many)


@asynccontextmanager
async def going_on(all_traffic: list[Traffic], *, pause_seconds: float = 0.05) -> AsyncIterator[None]:
    """A writer for each tenant, as long as the block lasts; none of its commands is cut off."""
    ended = asyncio.Event()

    async def keep_writing(tenant: Traffic) -> None:
        while not ended.is_set():
            await tenant.command()
            await asyncio.sleep(pause_seconds * tenant.rng.uniform(0.5, 1.5))  # between two commands

    writing = [asyncio.create_task(keep_writing(tenant)) for tenant in all_traffic]
    try:
        yield
    finally:
        ended.set()
        await asyncio.gather(*writing)


def answered(all_traffic: list[Traffic]) -> set[str]:
    """The ids of all events that the answers named."""
    return set().union(*(traffic.events for traffic in all_traffic))


def new_seed() -> int:
    """Another one each time; whoever fails has said which."""
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    return seed
