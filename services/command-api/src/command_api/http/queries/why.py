"""Why is this value as it is: each column of an answer by id, and the event that last set it.

The values are those of the plain answer at the same position; the events come from folding the patient's log up to it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import Parameter
from pydantic import BaseModel

from command_api.http.auth import Principal
from command_api.http.problems import unfit
from command_api.http.queries import appointments, conversations, journeys
from command_api.http.queries.appointments import AppointmentAnswer, appointment_answers
from command_api.http.queries.conversations import ConversationAnswer, conversation_answer
from command_api.http.queries.journeys import JourneyAnswer, journey_answer
from command_api.http.queries.patients import PatientAnswer, patient_answer, sources_of
from command_api.http.queries.reader import Reader
from command_api.http.queries.shown_events import anonymized
from command_api.http.queries.why_answer import Why, why_answer
from command_api.http.queries.why_rows import (
    APPOINTMENT,
    CONVERSATION,
    JOURNEY,
    PATIENT,
    PATIENT_IN_CLINICS,
    InClinics,
    explained,
)
from command_api.scope import NotFound
from healz.read_models.appointment_row import AppointmentRow
from healz.read_models.contact import PatientContact
from healz.read_models.conversation_row import ConversationRow
from healz.read_models.journey_row import JourneyRow
from healz.read_models.patient_row import PatientRow
from healz.read_models.why import Cell

NAME_LENGTH_MAX = 63
"""Of a column, as PostgreSQL has it."""


def _one_of(answer: type[BaseModel]) -> Any:
    """A query parameter that takes the name of a column of that answer."""
    return Parameter(
        max_length=NAME_LENGTH_MAX,
        description="this column alone; default: all",
        schema_extra={"enum": list(answer.model_fields)},
    )


@get("/{patient_id:uuid}/why", summary="Why each value of a patient is as it is: the event that last set it")
async def get_patient_why(
    patient_id: UUID,
    reader: NamedDependency[Reader],
    request: Request[Principal, Any, Any],
    column: Annotated[str | None, _one_of(PatientAnswer)] = None,
) -> Response[Why]:
    _check(column, PatientAnswer)
    async with reader.reading(*sources_of(reader)):
        headers = reader.headers
    question = PATIENT if reader.clinics is None else PATIENT_IN_CLINICS
    cells, lacks = await explained(request, reader, question, patient_id, reader.position)
    own, seen = cells.get((PatientRow, patient_id)), cells.get((InClinics, patient_id), {})
    if own is None:
        raise NotFound
    answer = patient_answer(_values(own), _values(seen), reader, datetime.now(UTC))
    why = why_answer(patient_id, answer, {**own, **seen}, reader.user, await _is_anonymized(reader, patient_id), lacks)
    return Response(_only(column, why), headers=headers)


@get("/{appointment_id:uuid}/why", summary="Why each value of an appointment is as it is: the event that last set it")
async def get_appointment_why(
    appointment_id: UUID,
    reader: NamedDependency[Reader],
    request: Request[Principal, Any, Any],
    column: Annotated[str | None, _one_of(AppointmentAnswer)] = None,
) -> Response[Why]:
    _check(column, AppointmentAnswer)
    row = await reader.row("appointment", appointments.BY_ID, appointment_id)
    if row is None:
        raise NotFound
    headers, [answer], patient_id = reader.headers, appointment_answers([row], reader), row["patient_id"]
    cells, lacks = await explained(request, reader, APPOINTMENT, patient_id, reader.position)
    own = cells.get((AppointmentRow, appointment_id))
    if own is None:
        raise NotFound
    why = why_answer(appointment_id, answer, own, reader.user, await _is_anonymized(reader, patient_id), lacks)
    return Response(_only(column, why), headers=headers)


@get("/{journey_id:uuid}/why", summary="Why each value of a journey is as it is, its risk too: the event that set it")
async def get_journey_why(
    journey_id: UUID,
    reader: NamedDependency[Reader],
    request: Request[Principal, Any, Any],
    column: Annotated[str | None, _one_of(JourneyAnswer)] = None,
) -> Response[Why]:
    _check(column, JourneyAnswer)
    row = await reader.row("journey", journeys.BY_ID, journey_id)
    if row is None:
        raise NotFound
    headers, answer, patient_id = reader.headers, journey_answer(row, reader), row["patient_id"]
    cells, lacks = await explained(request, reader, JOURNEY, patient_id, reader.position)
    own = cells.get((JourneyRow, journey_id))
    if own is None:
        raise NotFound
    why = why_answer(journey_id, answer, own, reader.user, await _is_anonymized(reader, patient_id), lacks)
    return Response(_only(column, why), headers=headers)


@get("/{conversation_id:uuid}/why", summary="Why each value of a conversation is as it is: the event that last set it")
async def get_conversation_why(
    conversation_id: UUID,
    reader: NamedDependency[Reader],
    request: Request[Principal, Any, Any],
    column: Annotated[str | None, _one_of(ConversationAnswer)] = None,
) -> Response[Why]:
    _check(column, ConversationAnswer)
    row = await reader.row("journey", conversations.BY_ID, conversation_id)
    if row is None:
        raise NotFound
    headers, answer, patient_id = reader.headers, conversation_answer(row, reader), row["patient_id"]
    cells, lacks = await explained(request, reader, CONVERSATION, patient_id, reader.position)
    own, contact = cells.get((ConversationRow, conversation_id)), cells.get((PatientContact, patient_id))
    if own is None or contact is None:
        raise NotFound
    named = {"patient_name": contact["full_name"], "patient_phone": contact["phone"]}
    anonymized = await _is_anonymized(reader, patient_id)
    why = why_answer(conversation_id, answer, {**own, **named}, reader.user, anonymized, lacks)
    return Response(_only(column, why), headers=headers)


def _check(column: str | None, answer: type[BaseModel]) -> None:
    """Raises Problem 422 for a column that the answer doesn't have."""
    if column is not None and column not in answer.model_fields:
        raise unfit(f"there is no such column here; there are: {', '.join(answer.model_fields)}", "column")


def _values(cells: Mapping[str, Cell]) -> dict[str, Any]:
    return {column: cell.value for column, cell in cells.items()}


async def _is_anonymized(reader: Reader, patient_id: UUID) -> bool:
    async with reader.reading("log") as connection:
        return bool(await anonymized(connection, reader, [patient_id]))


def _only(column: str | None, why: Why) -> Why:
    return why if column is None else why.model_copy(update={"columns": {column: why.columns[column]}})
