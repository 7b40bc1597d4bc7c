"""A row's commands, given to the one handler: each is done once, however often and by whomever it is given."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import asyncpg

from command_api.decide.appointment.state import LIVE
from command_api.decide.rejected import Rejected
from command_api.fold.lines import Busy
from command_api.handle import Conflict, Handler
from command_api.imports.rows.commands import command_of
from command_api.imports.rows.lanes import RowStep
from command_api.imports.rows.row import RowRefused
from command_api.imports.tally import Tally
from command_api.recorded import LogBroken
from command_api.scope import Asked, KeyReused, NotFound
from healz.events import UnknownEvent

log = logging.getLogger(__name__)

COLUMN_OF = {
    "phone_taken": "patient_phone",
    "cpf_taken": "patient_cpf",
    "guardian_needed": "patient_guardian_phone",
    "born_in_the_future": "patient_birth_date",
    "patient_merged": "patient_cpf",
}
"""Where to correct what a rule of the domain refuses."""
FOR_A_CLERK = {
    "phone_taken": "another patient has this phone, with another birth date or CPF; if it is the same person correct "
    "the one that is wrong, if they share the phone write yes in shares_phone",
}
"""Where the rule's own words are for who registers one patient."""
PATIENT_UNREADABLE = "the records of this patient need a look by the operators; then send the file again"


@dataclass
class Giving:
    """Gives rows' commands to the handler, each once.

    ``known``: {appointment or patient in the store: its patient}. ``registered`` and ``booked`` grow; ``fresh`` are
    those that a row has just booked, until its end.
    """

    handler: Handler
    asked: Asked
    tally: Tally
    known: Mapping[UUID, UUID]
    registered: set[UUID]
    booked: set[UUID] = field(default_factory=set)
    fresh: set[UUID] = field(default_factory=set)

    async def give(self, step: RowStep) -> None:
        """Counts the row when this was its last. Raises RowRefused, and what the store raises when it is away."""
        try:
            await self._give(step)
        except Rejected as rejected:
            message = FOR_A_CLERK.get(rejected.rule, rejected.message)
            raise RowRefused(rejected.rule, message, COLUMN_OF.get(rejected.rule)) from rejected
        except KeyReused as error:
            raise RowRefused(
                "told_differently", "another row, or another file, tells this same appointment differently"
            ) from error
        except (Busy, Conflict, NotFound) as error:
            raise RowRefused("conflict", "others changed this patient meanwhile; send the file again") from error
        except (LogBroken, UnknownEvent) as error:
            log.critical("a patient's events can't be read; their rows are refused", exc_info=error)
            raise RowRefused("patient_unreadable", PATIENT_UNREADABLE) from error
        except asyncpg.DataError as error:
            raise RowRefused("cell_invalid", "a value in this row can't be kept") from error

    async def _give(self, step: RowStep) -> None:
        appointment_id = step.visit.appointment_id
        match step.kind:
            case "register":
                if step.patient_id not in self.registered:
                    await self._register(step)
                    self.registered.add(step.patient_id)
            case "book":
                if appointment_id not in self.known:
                    if await self._hand_over(step):
                        self.fresh.add(appointment_id)
                    self.booked.add(appointment_id)
            case "end":
                is_new = appointment_id in self.fresh
                self.fresh.discard(appointment_id)
                if step.visit.row.outcome != "scheduled" and (is_new or not await self._is_told(step)):
                    is_new = await self._hand_over(step)
                self.tally.accepted += is_new
                self.tally.known += not is_new
                self.tally.squeezed_in += is_new and step.visit.is_squeezed_in

    async def _register(self, step: RowStep) -> None:
        try:
            await self._hand_over(step)
        except KeyReused:
            return  # somebody who is importing the same patient was faster
        except Rejected as rejected:
            if rejected.rule != "patient_registered_already":
                raise

    async def _is_told(self, step: RowStep) -> bool:
        """Whether it stands so already, told by an earlier row or file: commands' own keys are forgotten after a day.

        Raises RowRefused where it is told otherwise.
        """
        appointment_id, row = step.visit.appointment_id, step.visit.row
        loaded = await self.handler.store.load(self.asked.tenant_id, appointment_id, None)
        status = loaded.case.appointments.appointments[appointment_id].status
        if row.is_to_come:
            return status != "scheduled"  # what was still to come has come, or not, since
        if status not in LIVE and status != row.outcome:
            raise RowRefused(
                "outcome_differs",
                f"this appointment is recorded as {status}, this row says {row.outcome}; keep the one that is right",
                "outcome",
            )
        return status == row.outcome

    async def _hand_over(self, step: RowStep) -> bool:
        """Whether it was recorded now, and not before by whoever gave the same command."""
        made: set[str] = set()

        def new_id() -> UUID:
            fresh = self.handler.new_id()
            made.add(str(fresh))
            return fresh

        command, target, key = command_of(step)
        asked = replace(
            self.asked,
            command_id=self.handler.new_id(),
            idempotency_key=key,
            request_hash=hashlib.sha256(command.model_dump_json(exclude_unset=True).encode()).digest(),
        )
        answer: dict[str, Any] = await replace(self.handler, new_id=new_id).handle(command, target, asked)
        events = [event for event in answer["events"] if event["event_id"] in made]
        if events:
            self.tally.record(len(events), answer["position"])
        return bool(events)
