"""Each column of an answer with the event that last set it, as the reader may see both."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from command_api.http.auth import Principal
from command_api.http.queries.appointments import AppointmentAnswer
from command_api.http.queries.conversations import ConversationAnswer
from command_api.http.queries.disclosure import disclosed_event, withheld_fields
from command_api.http.queries.journeys import JourneyAnswer
from command_api.http.queries.left_out import Lacking
from command_api.http.queries.patient_in_clinics import HIDDEN
from command_api.http.queries.patients import PatientAnswer
from command_api.http.queries.why_words import words_of
from healz.read_models.journey_row import JourneyRow
from healz.read_models.patient_record import FORGOTTEN
from healz.read_models.patient_row import ANONYMIZED_NAME
from healz.read_models.why import Cell

WITH_CLOCK: Mapping[type[BaseModel], Mapping[str, tuple[str, ...]]] = {
    PatientAnswer: {"next_appointment_at": ("next_appointment_at",)},
    AppointmentAnswer: {},
    ConversationAnswer: {},
    JourneyAnswer: {
        "next_appointment_at": ("next_appointment_at", "is_active"),
        "open_appointment_at": ("next_appointment_at", "is_active"),
        "days_since_first_contact": ("first_contact_at",),
        "days_since_last_interaction": ("last_interaction_at",),
        "days_since_last_appointment": ("last_appointment_at",),
        "days_until_next_appointment": ("next_appointment_at", "is_active"),
    },
}
"""{column: the stored columns that it is reckoned from} of what changes with the clock too."""
NAMELESS = {"patient_name": ANONYMIZED_NAME, "patient_phone": ""}
ANONYMIZED: Mapping[type[BaseModel], Mapping[str, Any]] = {
    PatientAnswer: {name: value for name, value in FORGOTTEN.items() if name in PatientAnswer.model_fields},
    AppointmentAnswer: NAMELESS | {"notes": None, "cancellation_reason": None},
    ConversationAnswer: NAMELESS,
    JourneyAnswer: NAMELESS,
}
"""The personal values, once the patient was anonymised: a read model that is parked at that event has others still."""


class SetBy(BaseModel):
    """The event that last set a value; the patient's history has all of it. ``user_id``: who asked, null for sweeps."""

    event_id: UUID
    event_type: str
    aggregate_id: UUID
    position: int
    created_at: datetime
    correlation_id: UUID
    user_id: UUID | None


class WhyColumn(BaseModel):
    """``value`` is that of the plain answer. ``set_by``: the last event after which it was another one than before; of
    one that never changed the event with which it began. Where time moves it too (``with_clock``), it is the last event
    that changed what the value is reckoned from.

    ``words`` say why a journey or its risk became so, as of that event. ``withheld``: why value and event are null;
    ``role``: the reader's may not see it; ``other_clinics``: it would tell of clinics that are not the reader's.
    """

    value: Any = None
    set_by: SetBy | None = None
    words: list[str] = Field(default_factory=list)
    with_clock: bool = False
    withheld: Literal["role", "other_clinics"] | None = None


class Why(BaseModel):
    """``columns`` has the names of the plain answer. ``parked_at_position``: an event at this position could not be
    projected, so the values are as of before it; null: nothing is missing at the end. ``dropped_positions``: events
    that could not be projected either, and were left out for ever; those after them are not.
    """

    id: UUID
    columns: dict[str, WhyColumn]
    parked_at_position: int | None
    dropped_positions: list[int]


def why_answer(
    key: UUID, answer: BaseModel, cells: Mapping[str, Cell], who: Principal, anonymized: bool, lacks: Lacking
) -> Why:
    """Why the values of ``answer`` are so; ``cells`` are those of the row that it is made of."""
    if anonymized:
        answer = answer.model_copy(update=ANONYMIZED[type(answer)])
    by_role = withheld_fields(type(answer), who.role)
    elsewhere = HIDDEN if isinstance(answer, PatientAnswer) and who.clinics is not None else ()
    with_clock = WITH_CLOCK[type(answer)]
    shown: dict[int, tuple[SetBy, list[str]] | None] = {}
    columns = {}
    for name, value in answer:
        if name in by_role:
            columns[name] = WhyColumn(withheld="role")
            continue
        cell = max((cells[column] for column in with_clock.get(name, (name,))), key=lambda cell: cell.event.position)
        position = cell.event.position
        if position not in shown:
            shown[position] = _shown(cell, who, anonymized)
        told = shown[position]
        if name in elsewhere or told is None:
            columns[name] = WhyColumn(withheld="other_clinics")
        else:
            set_by, words = told
            columns[name] = WhyColumn(value=value, set_by=set_by, words=words, with_clock=name in with_clock)
    return Why(id=key, columns=columns, **asdict(lacks))


def _shown(cell: Cell, who: Principal, anonymized: bool) -> tuple[SetBy, list[str]] | None:
    """Its event and the words, as who asks may see them; None: it is of a clinic out of their scope."""
    event = cell.event
    # The payload is of the newest shape already, whatever was stored.
    payload = {
        "schema_version": event.event_data.schema_version,
        "event_data": event.event_data.model_dump(mode="json"),
    }
    envelope = event.model_dump(mode="json", exclude={"event_data"}) | payload
    told = disclosed_event(envelope, who, anonymized=anonymized)
    if told is None:
        return None
    return SetBy.model_validate(told, extra="ignore"), words_of(
        told, cell.row if isinstance(cell.row, JourneyRow) else None
    )
