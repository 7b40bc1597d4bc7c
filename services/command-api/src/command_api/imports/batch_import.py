"""One batch of rows: read, matched with patients, and handed to the command handler lane by lane."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from command_api.handle import Handler
from command_api.imports.giving import Giving
from command_api.imports.pauses import Pauses
from command_api.imports.rows.lanes import RowStep, lanes
from command_api.imports.rows.layout import Layout
from command_api.imports.rows.met import refusal
from command_api.imports.rows.records import Record
from command_api.imports.rows.row import LEFT_OUT, ImportRow, RowRefused, left_out, read_row
from command_api.imports.rows.visit import Visit, place
from command_api.imports.rows.who import Person, patients_of, to_compare
from command_api.imports.store import ImportStore
from command_api.imports.tally import Refusal, Tally
from command_api.recorded import LogBroken
from command_api.scope import Asked
from healz.events import UnknownEvent

OVERLAPS = {
    "patient_overlap": "the patient had another imported appointment then",
}

OUTCOME_NEEDED = RowRefused(
    "outcome_needed", "this is over by now; say what became of it: completed, no_show or cancelled", "outcome"
)


@dataclass
class BatchImport:
    """``asked`` is who sends the file, and what goes around each command; the rest is filled in as it goes on."""

    store: ImportStore
    handler: Handler
    asked: Asked
    layout: Layout
    latest: datetime
    lanes_at_once: int
    pauses: Pauses
    tally: Tally
    refused: dict[int, Refusal] = field(default_factory=dict)
    """By row number."""
    remarks: dict[int, Refusal] = field(default_factory=dict)
    """By row number: the row stands, without that cell."""

    async def run(self, records: Iterable[Record]) -> None:
        """All that the batch asks for and that is not done yet; ``refused`` and the tally tell what came of it.

        Raises what the store raises when it is away; what was done until then stays done.
        """
        rows = [(number, row) async for number, row in self._rows(records)]
        visits = await self._visits(rows) if rows else []
        if not visits:
            return
        known = await self.store.known(
            aggregate_id
            for visit in visits
            for aggregate_id in (visit.appointment_id, visit.own_patient_id, *(visit.as_once_spelt or ()))
        )
        visits = [visit.settled(known) for visit in visits]
        for visit in visits:
            if visit.row.is_to_come and visit.scheduled_for < self.latest and visit.appointment_id not in known:
                self._refuse(visit.number, OUTCOME_NEEDED)
        visits = [visit for visit in visits if visit.number not in self.refused]
        identities = {identity for visit in visits for identity in (*visit.identities, *visit.phones)}
        holders = await self.handler.store.holders(self.asked.tenant_id, identities)
        people = await self._people(
            {who for visit in visits if visit.appointment_id not in known for who in to_compare(visit, known, holders)}
        )
        found = patients_of(visits, known, holders, people)
        for number, met in found.met.items():
            self._refuse(number, refusal(met))
        await self._import(
            [visit for visit in visits if visit.number in found.patients],
            found.patients,
            Giving(self.handler, self.asked, self.tally, known, {*known.values(), *holders.values()}),
        )

    async def _import(self, visits: list[Visit], patients: dict[int, UUID], giving: Giving) -> None:
        """Who comes too late for a time is asked again when the earlier row was refused after all."""
        while visits:
            # What is still to come holds its doctor's time itself, for as long as it is live.
            new = [v for v in visits if v.appointment_id not in giving.known and not v.row.is_to_come]
            overlaps = await self.store.take_times(new, patients)
            visits = await self._side_by_side(visits, patients, overlaps)
            late = [visit for visit in visits if visit.appointment_id in overlaps]
            in_time = [visit for visit in visits if visit.appointment_id not in overlaps]
            await self._walk(lanes(in_time, patients), giving)
            unbooked = {visit.appointment_id for visit in in_time if visit.number in self.refused}
            unbooked -= {*giving.booked, *giving.known}
            if unbooked:
                await self.store.give_times_back(unbooked)
            else:
                for visit in late:
                    rule = overlaps[visit.appointment_id]
                    self.refused[visit.number] = Refusal(row=visit.number, rule=rule, message=OVERLAPS[rule])
                return
            visits = late

    async def _side_by_side(
        self, visits: list[Visit], patients: dict[int, UUID], overlaps: dict[UUID, str]
    ) -> list[Visit]:
        """The visits, with a mark on those that the doctor had beside another; ``overlaps`` keeps the others.

        That a doctor saw two at a time did happen, and is imported as it was; nobody was in two places.
        """
        beside = [visit for visit in visits if overlaps.get(visit.appointment_id) == "doctor_overlap"]
        for visit in beside:
            del overlaps[visit.appointment_id]
        overlaps |= await self.store.take_times(beside, patients, beside=True)
        marked = await self.store.taken_beside(visit.appointment_id for visit in visits)
        return [replace(visit, squeezed_in=visit.appointment_id in marked) for visit in visits]

    def _refuse(self, number: int, why: RowRefused) -> None:
        """Keeps the words and not the exception: its traceback holds this batch, and pydantic's core, where Python's
        collector can't look, holds the traceback. What was kept so was never freed: 6.5 KB a row."""
        self.refused[number] = Refusal(row=number, column=why.column, rule=why.rule, message=why.message)

    async def _rows(self, records: Iterable[Record]) -> AsyncIterator[tuple[int, ImportRow]]:
        for record in records:
            await self.pauses.take()
            try:
                cells = self.layout.cells(record)
                row = read_row(cells)
            except RowRefused as refused:
                self._refuse(record.number, refused)
                continue
            for column in left_out(cells):
                self.remarks[record.number] = Refusal(
                    row=record.number, column=column, rule="cell_left_out", message=LEFT_OUT[column]
                )
            yield record.number, row

    async def _visits(self, rows: list[tuple[int, ImportRow]]) -> list[Visit]:
        clinics = {row.clinic_id for _, row in rows}
        scope = clinics if self.asked.clinics is None else clinics & self.asked.clinics
        places = await self.store.places(scope, {row.doctor_id for _, row in rows})
        namespace = self.handler.store.hashes.ids(self.asked.tenant_id)
        visits = []
        self.pauses.begin()
        for number, row in rows:
            await self.pauses.take()
            try:
                visits.append(place(number, row, namespace, places.zone(row), self.latest))
            except RowRefused as refused:
                self._refuse(number, refused)
        return visits

    async def _people(self, holders: Iterable[UUID]) -> dict[UUID, Person]:
        """Who has a phone that a row gives: it may be somebody else."""
        people = {}
        for patient_id in holders:
            try:
                loaded = await self.handler.store.load(self.asked.tenant_id, patient_id, None)
            except (LogBroken, UnknownEvent):
                continue  # taken to be the same person: then it is their rows alone that are refused
            patient = loaded.case.patient
            people[patient_id] = Person(patient.birth_date, patient.cpf, patient.full_name)
        return people

    async def _walk(self, all_lanes: list[list[RowStep]], giving: Giving) -> None:
        """Begun in order, so many at a time. The first error that is no refusal ends all and is raised as it is."""
        queue = iter(all_lanes)

        async def take() -> None:
            for lane in queue:
                for step in lane:
                    if step.visit.number not in self.refused:
                        try:
                            await giving.give(step)
                        except RowRefused as refused:
                            self._refuse(step.visit.number, refused)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self.lanes_at_once):
                    group.create_task(take())
        except* Exception as errors:
            raise errors.exceptions[0] from None
