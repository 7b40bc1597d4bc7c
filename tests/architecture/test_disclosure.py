"""Who may read what: every field that could be personal says so, and docs/privacy.md shows what the code does."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args, get_origin
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel, JsonValue

from architecture.source import ROOT
from command_api.decide.given import Role
from command_api.http.auth import Principal
from command_api.http.document.answers import (
    APPOINTMENT_ANSWER,
    CONVERSATION_ANSWER,
    JOURNEY_ANSWER,
    MESSAGE_ANSWER,
    PATIENT_ANSWER,
)
from command_api.http.queries.appointments import AppointmentAnswer
from command_api.http.queries.conversations import ConversationAnswer
from command_api.http.queries.disclosure import MAY_READ, disclosed, disclosed_event
from command_api.http.queries.journeys import JourneyAnswer
from command_api.http.queries.messages import MessageAnswer
from command_api.http.queries.patient_in_clinics import HIDDEN, OF_CLINICS
from command_api.http.queries.patients import PatientAnswer
from healz.events import EVENTS
from healz.events.personal import Kind, kind_of, personal_fields

DOCUMENT = (ROOT / "docs" / "privacy.md").read_text()
ROLES: tuple[Role, ...] = get_args(Role)
KINDS: tuple[Kind, ...] = get_args(Kind)
ANSWERS = (PatientAnswer, AppointmentAnswer, JourneyAnswer, ConversationAnswer, MessageAnswer)
CLOSED = {
    *(f"PatientAnswer.{name}" for name in ("registration_source", "status", "current_journey_stage")),
    *(f"AppointmentAnswer.{name}" for name in ("appointment_type", "status", "confirmed_by", "confirmation_method")),
    "AppointmentAnswer.reminder_delivery_status",
    *(f"JourneyAnswer.{name}" for name in ("current_stage", "previous_stage", "risk_level", "risk_indicators")),
    *(f"ConversationAnswer.{name}" for name in ("status", "initiated_by", "escalation_reason", "closed_by")),
    *(f"MessageAnswer.{name}" for name in ("sender", "media_type", "sentiment", "status")),
}
"""Texts of an answer that can only be a word of a closed list, or are made from such words."""
CLINIC, ELSEWHERE = uuid4(), uuid4()


def says_something(annotation: Any) -> bool:
    """Whether a value of that type could hold something personal: anything but ids, numbers, times and closed lists."""
    if get_origin(annotation) is Literal:
        return False
    if annotation in (str, date, dict, JsonValue, Any):
        return True
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return any(says_something(field.rebuild_annotation()) for field in annotation.model_fields.values())
    inner = get_args(annotation)
    if get_origin(annotation) is Annotated:
        inner = inner[:1]
    return any(says_something(part) for part in (*inner, get_origin(annotation)) if part is not None)


def test_what_could_say_something_is_told_from_what_cannot() -> None:
    assert all(map(says_something, (str, str | None, dict[str, int], tuple[str, ...], Annotated[date, 1], JsonValue)))
    assert not any(
        map(says_something, (UUID, int, Decimal | None, Literal["a"], list[Literal["a"]], Annotated[int, "a"]))
    )


@pytest.mark.parametrize("model", [*EVENTS, *ANSWERS], ids=lambda model: model.__name__)
def test_every_field_that_could_be_personal_is_marked(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        annotation = field.rebuild_annotation()
        if says_something(annotation) and f"{model.__name__}.{name}" not in CLOSED:
            assert kind_of(annotation) is not None, f"{model.__name__}.{name}: mark it Personal, or NOT_THE_PATIENTS"


def rows(title: str) -> list[list[str]]:
    """The cells of the table under that heading, without its head."""
    text = DOCUMENT.split(f"## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_document_says_who_may_read_which_kind() -> None:
    head = re.search(r"^\| kind \| (.*) \|$", DOCUMENT, re.MULTILINE)
    assert head is not None
    assert head[1].split(" | ")[:-1] == list(ROLES)
    shown = {kind.strip("`"): cells[:-1] for kind, *cells in rows("Who may read what")}
    assert shown == {kind: ["yes" if role in MAY_READ[kind] else "–" for role in ROLES] for kind in KINDS}


def test_the_document_says_of_which_kind_each_field_is() -> None:
    shown = {
        kind.strip("`"): set(re.findall(r"`([\w.]+)`", fields)) for kind, fields in rows("Which field is of which kind")
    }
    marked: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for event in EVENTS:
        for name, kind in personal_fields(event).items():
            marked[kind].add(f"{event.__name__}.{name}")
    assert shown == marked


def test_the_document_says_what_is_tenant_wide() -> None:
    own = set(PatientAnswer.model_fields) - set(OF_CLINICS) - set(HIDDEN)
    shown = {what: set(re.findall(r"`(\w+)`", columns)) for what, columns in rows("To whom is bound to clinics")}
    assert shown == {"tenant-wide": own, "reckoned from their clinics": set(OF_CLINICS), "hidden": set(HIDDEN)}


@pytest.mark.parametrize(
    "answer",
    [PATIENT_ANSWER, APPOINTMENT_ANSWER, JOURNEY_ANSWER, CONVERSATION_ANSWER, MESSAGE_ANSWER],
    ids=lambda answer: type(answer).__name__,
)
@pytest.mark.parametrize("role", ROLES)
def test_an_answer_keeps_what_a_role_may_read(role: Role, answer: BaseModel) -> None:
    kinds = personal_fields(type(answer))
    before, after = answer.model_dump(), disclosed(answer, role).model_dump()
    for name, value in before.items():
        may = name not in kinds or role in MAY_READ[kinds[name]]
        assert after[name] == (value if may else None), name
    type(answer).model_validate(after)


def envelope(
    event_type: str, event_data: dict[str, Any], version: int = 1, clinic: UUID | None = None
) -> dict[str, Any]:
    return {
        "event_type": event_type,
        "schema_version": version,
        "clinic_id": str(clinic) if clinic else None,
        "event_data": event_data,
    }


def who(role: Role, clinics: frozenset[UUID] | None = None) -> Principal:
    return Principal(uuid4(), uuid4(), role, clinics)


def test_an_old_event_is_shown_in_its_newest_shape() -> None:
    said = envelope("PatientAnonymized", {"patient_id": "x", "reason": "Maria mora com João"})
    for anonymized in (True, False):
        shown = disclosed_event(said, who("admin"), anonymized=anonymized)
        assert shown is not None
        assert (shown["schema_version"], shown["event_data"]["reason"], shown["withheld"]) == (2, "other", [])


@pytest.mark.parametrize(("event_type", "version"), [("PatientRegistered", 99), ("PatientCloned", 1)])
def test_what_this_release_does_not_know_is_shown_to_nobody(event_type: str, version: int) -> None:
    said = envelope(event_type, {"patient_id": "x", "nickname": "Zozó"}, version)
    shown = disclosed_event(said, who("admin"), anonymized=False)
    assert shown is not None
    assert shown["event_data"] == {"patient_id": "x", "nickname": None}
    assert shown["withheld"] == ["nickname"]


def test_an_event_of_a_clinic_out_of_scope_is_not_shown_at_all() -> None:
    said = envelope("ConversationClosed", {"patient_id": "x"}, clinic=CLINIC)
    assert disclosed_event(said, who("viewer", frozenset({ELSEWHERE})), anonymized=False) is None
    assert disclosed_event(said, who("viewer", frozenset({CLINIC})), anonymized=False) is not None
    assert disclosed_event(said, who("viewer"), anonymized=False) is not None
