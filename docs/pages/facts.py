"""What may happen to a patient: the specs' examples, and more of them, so that each column is seen to change.

What each leads to is in no line here: pages/played.py asks the rules.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

import journey_examples as past
from command_api.decide.appointment.change.commands import ChangeAppointment
from command_api.decide.appointment.command import AppointmentCommand
from command_api.decide.appointment.outcome.commands import CorrectOutcome, RecordArrival
from command_api.decide.command import Beginning
from examples import (
    AGENT,
    APPOINTMENT,
    BEFORE,
    CONVERSATION,
    DAY,
    DR_JOSE,
    DRA_ANA,
    GUARDIAN,
    HOUR,
    JOURNEY,
    MARIA,
    NEW_JOURNEY,
    NOW,
    OTHER_CPF,
    OTHER_PHONE,
    SERRA,
    VITORIA,
    abandoned,
    absorbed,
    address,
    again,
    amend_medical_history,
    anonymize,
    assigned,
    book,
    but,
    cancel,
    cancelled,
    close,
    complete,
    completed,
    confirmed,
    contact_updated,
    conversation_started,
    deactivate,
    delete,
    edit,
    escalate,
    escalated,
    mark_no_show,
    merge,
    message_edited,
    message_received,
    message_sent,
    message_status_changed,
    moved_to,
    no_show,
    patient,
    preferences_updated,
    receive,
    register,
    registered,
    remind,
    reminder_failed,
    reminder_not_sent,
    reminder_sent,
    report_status,
    reschedule,
    resolve,
    risk_escalated,
    scheduled,
    send,
    snoozed,
    update_contact,
)
from healz.events.appointment_event import AppointmentEvent
from journey_examples import Fact, journey_started

BY_HAND: dict[str, Any] = {"before": (), "target": JOURNEY}
BY_A_SWEEP: dict[str, Any] = {"before": (), "target": JOURNEY, "role": "system"}
A_VISIT = past.visited_at(1, NOW - 5 * DAY, follow_up=True)
SILENT, LONG_SILENT = NOW + 40 * DAY, NOW + 200 * DAY

moved_again = but(reschedule, scheduled_for=NOW + 9 * DAY)
FACTS = [
    *past.FACTS,
    Fact("cancelled for a second time", cancel, before=(*past.called_off(1), scheduled)),
    Fact("rescheduled for a second time", moved_again, before=past.put_off(1), target=past.nth(1)),
    Fact("started by a person", past.start, before=(), target=NEW_JOURNEY),
    Fact("change of tone reported by a person", past.report, **BY_HAND),
    Fact("escalated by a person", past.call_for_help, **BY_HAND),
    Fact("recovered by a person", past.recover, **BY_HAND),
    Fact("abandoned by a person", past.abandon, **BY_HAND),
    Fact("completed by a person", past.finish, **BY_HAND),
    Fact("silence sweep, 45 days silent", past.weigh_silence, SILENT, **{**BY_A_SWEEP, "before": A_VISIT}),
    Fact("abandonment sweep, 40 days silent", past.end_silent, SILENT, **BY_A_SWEEP),
    Fact("abandonment sweep, 200 days silent", past.end_silent, LONG_SILENT, **BY_A_SWEEP),
]
"""Those of the specs, and what people and sweeps do to a journey: together the stage table."""

AT_RISK = (past.rated("0.00", "0.90", "critical", past.factor("no_show", "0.90", "high")), risk_escalated)
MISSED = (*past.missed(1), *past.missed(2))
COMPLAINED = (conversation_started, past.wrote("negative"))
twice_missed, tone = past.factor("no_show", "0.90", "high"), past.factor("tone_change", "0.60", "medium")
AS_BAD = past.rated("0.00", "0.96", "critical", twice_missed, tone)
LESS_BAD = past.rated("0.00", "0.65", "medium", past.factor("silence", "0.47", "medium"), tone)
SILENT_LONG = past.rated("0.00", "0.70", "high", past.factor("silence", "0.70", "high"))
ANOTHER = UUID(int=2)
"""The id of a reminder after another."""
WORKED = (assigned, snoozed)
WAITING = (conversation_started, escalated)
HERE: dict[str, Any] = {
    "media_type": "location",
    "details": {"kind": "location", "latitude": -20.3, "longitude": -40.3},
}
UNSENT = but(message_status_changed, status="failed", error="número sem WhatsApp")
EDITED = (conversation_started, message_received, message_edited)
noted = but(scheduled, notes="traz exames")
elsewhere = but(journey_started, journey_id=NEW_JOURNEY, clinic_id=SERRA)
in_full = {"email": "m@example.com.br", "birth_date": "2015-01-01", "cpf": OTHER_CPF, "guardian_phone": GUARDIAN}
preferred = {"preferred_clinic_id": VITORIA, "preferred_doctor_id": DRA_ANA}
SOONER = but(registered, phone=OTHER_PHONE, registered_at=BEFORE - DAY)
HER_OTHER_PAST = again(
    *(SOONER, journey_started, scheduled, conversation_started, message_received, *AT_RISK),
    *(*MISSED, *past.visited_at(3, NOW - 5 * DAY), *past.called_off(4)),
)
OF_A_VISIT = [
    command.model_validate(command.example)
    for command in AppointmentCommand.__subclasses__()
    if not issubclass(command, Beginning | CorrectOutcome | ChangeAppointment)
]
"""Each by its own example, on the appointment's day; then a reschedule, which sets back what is the old time's. (Of
what is corrected something was said before.)"""
ON_THE_DAY = patient.where(kind=AppointmentEvent).given(registered, scheduled).about(APPOINTMENT).at(past.VISIT)
ARRIVED = ON_THE_DAY.when(RecordArrival()).only()
GIVEN_UP = but(abandoned, abandonment_reason="silence", abandoned_at=past.VISIT + HOUR)
FULLER = [
    *(replace(fact, name="") for fact in past.CORRECTIONS),
    Fact("", but(register, **in_full, **preferred), before=(), target=MARIA),
    Fact("", but(update_contact, full_name="Maria Gonçalves", address=address, **in_full), target=MARIA),
    Fact("", amend_medical_history, target=MARIA),
    Fact("", past.claim, **BY_HAND),
    Fact("", past.release, before=(assigned,), target=JOURNEY),
    Fact("", but(past.call_for_help, assigned_to=AGENT), **BY_HAND),
    Fact("", past.call_for_help, before=(snoozed,), target=JOURNEY),
    *(Fact("", ends, before=WORKED, target=JOURNEY) for ends in (past.abandon, past.finish, past.recover)),
    Fact("", past.end_silent, LONG_SILENT, before=WORKED, target=JOURNEY, role="system"),
    *(Fact("", leaves, before=(*WORKED, scheduled), target=MARIA) for leaves in (deactivate, anonymize)),
    Fact("", complete, past.VISIT, before=(scheduled, *WORKED)),
    Fact("", past.came, past.VISIT + DAY, before=(scheduled, no_show, *WORKED)),
    Fact("", past.ring, **BY_HAND),
    Fact("", but(past.snooze, reason="viaja até lá"), **BY_HAND),
    Fact("", past.recover, before=(*AT_RISK, moved_to("at_risk"), assigned, snoozed), target=JOURNEY),
    Fact("", deactivate, before=(scheduled, conversation_started, *AT_RISK, elsewhere), target=MARIA),
    Fact(
        "",
        anonymize,
        before=(but(contact_updated, address=address, new_guardian_phone=GUARDIAN), preferences_updated, noted),
        target=MARIA,
    ),
    Fact("", anonymize, before=(scheduled, conversation_started, cancelled, *AT_RISK), target=MARIA),
    Fact("", but(cancel, on_whose_account="clinic")),
    Fact("", but(book, notes="traz exames"), before=WAITING),
    Fact("", book, before=AT_RISK),
    Fact("", but(mark_no_show, notes="não atendeu"), past.VISIT),
    Fact("", but(past.called_it_off, on_whose_account="clinic"), past.VISIT + DAY, before=(scheduled, cancelled)),
    Fact("", past.came, past.VISIT + DAY, before=(scheduled, cancelled)),
    Fact("", past.came, past.VISIT + DAY, before=(scheduled, no_show, *AT_RISK)),
    Fact("", past.still_on, past.VISIT + DAY, before=(scheduled, no_show, risk_escalated, GIVEN_UP)),
    Fact(
        "", past.stayed_away, past.VISIT + DAY, before=(scheduled, ON_THE_DAY.when(RecordArrival()).only(), completed)
    ),
    Fact("", past.stayed_away, past.VISIT + DAY, before=(*MISSED, scheduled, completed)),
    Fact("", but(complete, notes="retorno em 30 dias"), past.VISIT, before=(scheduled, *AT_RISK)),
    Fact("", but(reschedule, scheduled_for=NOW + 5 * DAY), before=(but(scheduled, squeeze_in=True),)),
    Fact("", but(book, squeeze_in=True), before=(), role="import"),
    Fact("", ChangeAppointment(duration=45, squeeze_in=True), role="import"),
    Fact("", ChangeAppointment(doctor_id=DR_JOSE, duration=45, appointment_type="return")),
    Fact("", ChangeAppointment(doctor_id=DRA_ANA, scheduled_for=NOW + 5 * DAY)),
    Fact("", ChangeAppointment(duration=45), before=(*MISSED, scheduled)),
    Fact("", ChangeAppointment(clinic_id=SERRA, doctor_id=DR_JOSE)),
    Fact("", ChangeAppointment(duration=45, scheduled_for=NOW + 5 * DAY)),
    Fact("", remind, before=(scheduled, reminder_failed)),
    Fact("", but(reminder_not_sent, reminder_id=ANOTHER), NOW + HOUR, before=(scheduled, reminder_sent)),
    Fact("", reschedule, before=(scheduled, confirmed, reminder_sent)),
    Fact("", reschedule, NOW + DAY, before=(scheduled,)),
    Fact("", send, NOW + DAY, before=(conversation_started,), target=CONVERSATION),
    Fact("", receive, before=(conversation_started, *AT_RISK), target=CONVERSATION),
    Fact("", receive, before=(scheduled, conversation_started), target=CONVERSATION),
    Fact("", escalate, before=(conversation_started, message_sent), target=CONVERSATION),
    Fact("", delete, NOW + HOUR, before=EDITED, target=CONVERSATION),
    Fact("", but(edit, content="Na quarta"), NOW + HOUR, before=EDITED, target=CONVERSATION),
    Fact("", anonymize, before=EDITED, target=MARIA),
    Fact("", anonymize, before=(conversation_started, but(message_received, **HERE)), target=MARIA),
    Fact("", but(send, whatsapp_message_id="wamid.A"), before=(conversation_started,), target=CONVERSATION),
    Fact(
        "",
        but(report_status, whatsapp_message_id="wamid.A"),
        before=(conversation_started, message_sent),
        target=CONVERSATION,
    ),
    Fact(
        "",
        but(report_status, status="read", whatsapp_message_id="wamid.A"),
        NOW + HOUR,
        before=(conversation_started, message_sent, message_status_changed),
        target=CONVERSATION,
    ),
    Fact(
        "",
        but(receive, **HERE),
        before=(conversation_started,),
        target=CONVERSATION,
    ),
    Fact(
        "",
        anonymize,
        before=(conversation_started, message_sent, but(UNSENT, whatsapp_message_id="wamid.A")),
        target=MARIA,
    ),
    Fact(
        "",
        but(report_status, status="failed", error="número sem WhatsApp"),
        before=(conversation_started, message_sent),
        target=CONVERSATION,
    ),
    Fact(
        "",
        but(report_status, status="failed", error="número sem WhatsApp"),
        NOW + HOUR,
        before=(conversation_started, message_sent, but(message_status_changed, status="sent")),
        target=CONVERSATION,
    ),
    Fact("", report_status, NOW + HOUR, before=(conversation_started, message_sent, UNSENT), target=CONVERSATION),
    Fact("", merge, before=(), target=MARIA, other=again(SOONER)),
    Fact("", merge, before=(conversation_started,), target=MARIA, other=HER_OTHER_PAST),
    Fact("", update_contact, before=(absorbed,), target=MARIA),
    Fact("", anonymize, before=(absorbed,), target=MARIA),
    Fact("", resolve, before=WAITING, target=CONVERSATION),
    Fact("", close, before=WAITING, target=CONVERSATION),
    Fact("", past.close_silent, NOW + 8 * DAY, before=(conversation_started,), target=CONVERSATION, role="system"),
    Fact("", past.start, before=WAITING, target=NEW_JOURNEY),
    Fact("", past.recover, before=AT_RISK, target=JOURNEY),
    Fact("", past.abandon, before=(*AT_RISK, elsewhere), target=JOURNEY),
    Fact("", past.finish, before=(*AT_RISK, elsewhere), target=JOURNEY),
    Fact("", past.report, before=(elsewhere,), target=JOURNEY),
    Fact("", past.report, before=(*COMPLAINED, *MISSED, AS_BAD), target=JOURNEY),
    Fact("", past.report, NOW + 15 * DAY, before=(*COMPLAINED, LESS_BAD), target=JOURNEY),
    Fact("", past.weigh_silence, NOW + 5 * DAY, before=(LESS_BAD,), target=JOURNEY, role="system"),
    Fact("", past.weigh_silence, NOW + 17 * DAY, before=(SILENT_LONG,), target=JOURNEY, role="system"),
    Fact("", past.weigh_silence, NOW + 17 * DAY, before=MISSED, target=JOURNEY, role="system"),
    Fact("", past.recover, before=MISSED, target=JOURNEY),
    Fact("", past.weigh_silence, before=(*COMPLAINED, *MISSED, AS_BAD), target=JOURNEY, role="system"),
    *(Fact("", command, past.VISIT) for command in OF_A_VISIT),
    *(Fact("", reschedule, past.VISIT, before=(scheduled, ON_THE_DAY.when(command).only())) for command in OF_A_VISIT),
]
"""So that each column is seen to change that an event can change: fields seldom said, and flags to take down."""
AT_ANY_TIME = [*past.FACTS, *(Fact("", command, past.VISIT) for command in OF_A_VISIT)]
WEIGHED = [
    *(replace(fact, name="", at=fact.at + days * DAY) for days in (15, 22, 40) for fact in AT_ANY_TIME),
    *(replace(fact, name="", before=(*MISSED, *fact.before)) for fact in AT_ANY_TIME),
]
"""Each fact of a clinic weighs the risk: after a silence, or with signs that were none while the tenant's numbers were
others."""
