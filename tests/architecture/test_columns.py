"""Types, rows and tables say the same, so that no accepted event can fail a projection."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import fields
from pydantic import TypeAdapter, ValidationError

from healz.events import EVENTS
from healz.projection import Table
from pages.schema import columns_in_sql, columns_of
from projections import PROJECTIONS

TABLES = [table for projection in PROJECTIONS.values() for table in projection.all_tables]


SQL = columns_in_sql()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_row_has_a_field_for_each_column_and_each_column_is_written(table: Table[Any]) -> None:
    assert {column.name for column in fields(table.row)} == set(table.columns)
    assert set(table.columns) == set(columns_of(table.name))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_types_are_the_tables(table: Table[Any]) -> None:
    kinds = {"varchar": "text"}
    made = {name: re.sub(r"\(.*", "", kind) for name, (kind, _) in columns_of(table.name).items()}
    assert table.columns == {name: kinds.get(kind, kind) for name, kind in made.items()}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_row_may_be_null_where_its_column_may(table: Table[Any]) -> None:
    nullable = {column.name for column in fields(table.row) if type(None) in getattr(column.type, "__args__", ())}
    not_null = {name for name, (_, required) in columns_of(table.name).items() if required}
    assert not nullable & not_null


# Each text of an event, and the columns that it fills; none: it only stands in the log, or in a JSON column.
PHONES = [
    "patient.patient_view.phone",
    "appointment.patient_contact.phone",
    "appointment.appointment_view.patient_phone",
    "journey.patient_contact.phone",
    "journey.journey_view.patient_phone",
]
NAMES = [
    "patient.patient_view.full_name",
    "appointment.patient_contact.full_name",
    "appointment.appointment_view.patient_name",
    "journey.patient_contact.full_name",
    "journey.journey_view.patient_name",
]
FILLS: dict[str, list[str]] = {
    "PatientRegistered.phone": PHONES,
    "PatientRegistered.full_name": NAMES,
    "PatientRegistered.email": ["patient.patient_view.email"],
    "PatientRegistered.cpf": ["patient.patient_view.cpf"],
    "PatientRegistered.guardian_phone": ["patient.patient_view.guardian_phone"],
    "PatientContactUpdated.previous_phone": [],
    "PatientContactUpdated.new_phone": PHONES,
    "PatientContactUpdated.previous_email": [],
    "PatientContactUpdated.new_email": ["patient.patient_view.email"],
    "PatientContactUpdated.new_full_name": NAMES,
    "PatientContactUpdated.new_cpf": ["patient.patient_view.cpf"],
    "PatientContactUpdated.new_guardian_phone": ["patient.patient_view.guardian_phone"],
    "PatientAbsorbed.other_phone": ["patient.patient_view.other_phone"],
    "PatientStatusChanged.reason": [],
    "MessageReceived.content": ["journey.message.content"],
    "MessageReceived.whatsapp_message_id": ["journey.message.whatsapp_message_id"],
    "MessageSent.content": ["journey.message.content"],
    "MessageSent.whatsapp_message_id": ["journey.message.whatsapp_message_id"],
    "MessageStatusChanged.whatsapp_message_id": ["journey.message_status.whatsapp_message_id"],
    "MessageStatusChanged.error": ["journey.message_status.error"],
    "MessageEdited.content": ["journey.message_change.content"],
    "EscalationResolved.resolution_notes": [],
    "ConversationClosed.reason": [],
    "AppointmentScheduled.doctor_name": ["appointment.appointment_view.doctor_name"],
    "AppointmentScheduled.notes": ["appointment.appointment_view.notes"],
    "AppointmentRescheduled.reason": [],
    "AppointmentChanged.doctor_name": ["appointment.appointment_view.doctor_name"],
    "AppointmentChanged.reason": [],
    "AppointmentCancelled.reason": ["appointment.appointment_view.cancellation_reason"],
    "AppointmentOutcomeCorrected.reason": ["appointment.appointment_view.cancellation_reason"],
    "AppointmentMarkedAsNoShow.notes": ["appointment.appointment_view.notes"],
    "AppointmentCompleted.notes": ["appointment.appointment_view.notes"],
    "AppointmentReminderFailed.error": [],
    "RiskEscalated.escalation_reason": [],
    "JourneyRecovered.recovery_reason": [],
    "JourneyAbandoned.abandonment_reason": [],
    "CallMade.notes": [],
    "JourneySnoozed.reason": [],
}
FORMS: dict[str, Callable[[int], str]] = {
    "phone": lambda length: "+" + "1" * (length - 1),
    "email": lambda length: "m" * (length - 5) + "@b.br",
    "cpf": lambda length: "1" * length,
}


def text_fields() -> dict[str, Any]:
    """{"Event.field": its type} for all texts but closed lists."""
    found = {}
    for event in EVENTS:
        for name, field in event.model_fields.items():
            adapter = TypeAdapter(field.rebuild_annotation())
            schema = adapter.json_schema()
            kinds = schema.get("anyOf", [schema])
            if any(kind.get("type") == "number" for kind in kinds):
                continue  # a decimal: it may also be read from a text
            if any(kind.get("type") == "string" and not {"format", "enum", "const"} & kind.keys() for kind in kinds):
                found[f"{event.__name__}.{name}"] = adapter
    return found


TEXTS = text_fields()


def test_every_text_says_which_column_it_fills() -> None:
    assert set(TEXTS) == set(FILLS)


@pytest.mark.parametrize(("field", "column"), [(field, column) for field, filled in FILLS.items() for column in filled])
def test_a_text_fits_its_column(field: str, column: str) -> None:
    table, _, name = column.rpartition(".")
    kind = SQL[table][name][0]
    bound = re.fullmatch(r"varchar\((\d+)\)", kind)
    assert bound is not None, f"{column} is {kind}: it has no bound that the event could keep"
    with pytest.raises(ValidationError):
        TEXTS[field].validate_python(_text(field, int(bound[1]) + 1))


@pytest.mark.parametrize("field", TEXTS)
def test_no_text_is_boundless_or_holds_what_postgresql_cannot(field: str) -> None:
    with pytest.raises(ValidationError):
        TEXTS[field].validate_python(_text(field, 64 * 1024 + 1))
    with pytest.raises(ValidationError):
        TEXTS[field].validate_python("a\x00b")


@pytest.mark.parametrize(
    ("field", "length"),
    [
        ("full_name", 255),
        ("doctor_name", 255),
        ("reason", 500),
        ("notes", 2000),
        ("email", 254),
        ("content", 64 * 1024),
    ],
)
def test_a_text_may_be_as_long_as_the_catalogue_says(field: str, length: int) -> None:
    for name in [name for name in TEXTS if name.endswith(f".{field}")]:
        assert len(TEXTS[name].validate_python(_text(name, length))) == length
        with pytest.raises(ValidationError):
            TEXTS[name].validate_python(_text(name, length + 1))


def _text(field: str, length: int) -> str:
    forms = [form for kind, form in FORMS.items() if kind in field.lower()]
    return forms[0](length) if forms else "ç" * length
