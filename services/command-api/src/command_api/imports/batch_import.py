"""One batch of rows: read, matched with patients, and handed to the command handler lane by lane."""

import asyncio
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from command_api.decider import Rejected
from command_api.handle import Asked, Conflict, Handler, KeyReused, NotFound
from command_api.imports.commands import command_of
from command_api.imports.header import Layout
from command_api.imports.lanes import Step, lanes
from command_api.imports.records import Record
from command_api.imports.row import Row, RowRefused, read_row
from command_api.imports.store import ImportStore
from command_api.imports.tally import Tally
from command_api.imports.visit import Visit, place
from command_api.imports.who import Person, patients_of

OVERLAPS = {
    "patient_overlap": "the patient had another imported appointment then",
    "doctor_overlap": "the doctor had another imported appointment then",
}


@dataclass
class BatchImport:
    """``asked`` is who sends the file, and what goes around each command; the rest is filled in as it goes on."""

    store: ImportStore
    handler: Handler
    asked: Asked
    layout: Layout
    latest: datetime
    lanes_at_once: int
    tally: Tally
    refused: dict[int, RowRefused] = field(default_factory=dict)
    """By row number."""
    _known: dict[UUID, UUID] = field(default_factory=dict)
    _registered: set[UUID] = field(default_factory=set)
    _booked: set[UUID] = field(default_factory=set)

    async def run(self, records: Iterable[Record]) -> None:
        """All that the batch asks for and that is not done yet; ``refused`` and the tally tell what came of it.

        Raises what the store raises when it is away; what was done until then stays done.
        """
        visits = await self._visits(list(self._rows(records)))
        patients = await self._patients(visits)
        new = [visit for visit in visits if visit.appointment_id not in self._known]
        overlaps = await self.store.take_times(new, patients)
        for visit in new:
            if (rule := overlaps.get(visit.appointment_id)) is not None:
                self.refused[visit.number] = RowRefused(rule, OVERLAPS[rule])
        await self._walk(lanes([visit for visit in visits if visit.number not in self.refused], patients))
        unbooked = {visit.appointment_id for visit in new if visit.number in self.refused} - self._booked
        await self.store.give_times_back(unbooked - overlaps.keys())

    def _rows(self, records: Iterable[Record]) -> Iterator[tuple[int, Row]]:
        for record in records:
            try:
                yield record.number, read_row(self.layout.cells(record.text))
            except RowRefused as refused:
                self.refused[record.number] = refused

    async def _visits(self, rows: list[tuple[int, Row]]) -> list[Visit]:
        clinics = {row.clinic_id for _, row in rows}
        scope = clinics if self.asked.clinics is None else clinics & self.asked.clinics
        places = await self.store.places(scope, {row.doctor_id for _, row in rows})
        namespace = self.handler.store.namespace(self.asked.tenant_id)
        visits = []
        for number, row in rows:
            try:
                visits.append(place(number, row, namespace, places.zone(row), self.latest))
            except RowRefused as refused:
                self.refused[number] = refused
        return visits

    async def _patients(self, visits: list[Visit]) -> dict[int, UUID]:
        ids = {one for visit in visits for one in (visit.appointment_id, visit.own_patient_id)}
        self._known = await self.store.known(ids)
        identities = {one for visit in visits for one in visit.identities}
        holders = await self.handler.store.holders(self.asked.tenant_id, identities)
        self._registered = {*self._known.values(), *holders.values()}
        people = {}
        # Only who was found by a phone, and is not the import's own, may be somebody else.
        for patient_id in {one for (kind, _), one in holders.items() if kind == "phone"} - self._known.keys():
            loaded = await self.handler.store.load(self.asked.tenant_id, patient_id, None)
            people[patient_id] = Person(loaded.case.patient.birth_date, loaded.case.patient.cpf)
        return patients_of(visits, self._known, holders, people)

    async def _walk(self, all_lanes: list[list[Step]]) -> None:
        """Begun in order, so many at a time. The first error that is no refusal ends all and is raised as it is."""
        queue = iter(all_lanes)

        async def take() -> None:
            for lane in queue:
                for step in lane:
                    if step.visit.number not in self.refused:
                        await self._try(step)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self.lanes_at_once):
                    group.create_task(take())
        except* Exception as errors:
            raise errors.exceptions[0] from None

    async def _try(self, step: Step) -> None:
        try:
            await self._do(step)
        except Rejected as rejected:
            self.refused[step.visit.number] = RowRefused(rejected.rule, rejected.message)
        except KeyReused:
            self.refused[step.visit.number] = RowRefused(
                "told_differently", "another row, or another file, tells this same appointment differently"
            )
        except (Conflict, NotFound):
            self.refused[step.visit.number] = RowRefused("conflict", "others changed this patient; send the file again")
        except asyncpg.DataError:
            self.refused[step.visit.number] = RowRefused("cell_invalid", "a value in this row can't be kept")

    async def _do(self, step: Step) -> None:
        appointment_id, outcome = step.visit.appointment_id, step.visit.row.outcome
        match step.kind:
            case "register":
                if step.patient_id not in self._registered:
                    await self._register(step)
                    self._registered.add(step.patient_id)
            case "book":
                if appointment_id not in self._known:
                    await self._give(step)
                    self._booked.add(appointment_id)
            case "end":
                if appointment_id in self._known:
                    loaded = await self.handler.store.load(self.asked.tenant_id, appointment_id, None)
                    if loaded.case.appointments.appointments[appointment_id].status == outcome:
                        self.tally.known += 1
                        return
                if await self._give(step):
                    self.tally.accepted += 1
                else:
                    self.tally.known += 1

    async def _register(self, step: Step) -> None:
        try:
            await self._give(step)
        except KeyReused:
            return  # somebody who is importing the same patient was faster
        except Rejected as rejected:
            if rejected.rule != "patient_registered_already":
                raise

    async def _give(self, step: Step) -> bool:
        """Whether it was recorded now, and not before by whoever gave the same command."""
        made: set[str] = set()

        def new_id() -> UUID:
            one = self.handler.new_id()
            made.add(str(one))
            return one

        command, target, key = command_of(step)
        asked = replace(
            self.asked,
            command_id=self.handler.new_id(),
            idempotency_key=key,
            request_hash=hashlib.sha256(command.model_dump_json(exclude_unset=True).encode()).digest(),
        )
        answer: dict[str, Any] = await replace(self.handler, new_id=new_id).handle(command, target, asked)
        events = [one for one in answer["events"] if one["event_id"] in made]
        if events:
            self.tally.record(len(events), answer["position"])
        return bool(events)
