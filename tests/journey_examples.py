"""What can happen to Maria's journey: each fact, with what was so before; a person's commands, the sweeps, the risk."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

import examples
from command_api.decide.appointment.outcome.commands import CorrectOutcome
from command_api.decide.conversation.commands import CloseSilentConversation
from command_api.decide.given import Other
from command_api.decide.journey.commands import (
    AbandonJourney,
    ClaimJourney,
    CompleteJourney,
    EndSilentJourney,
    EscalateRisk,
    RecalculateSilence,
    RecordCall,
    RecoverJourney,
    ReleaseJourney,
    ReportRisk,
    SnoozeJourney,
    StartJourney,
)
from examples import (
    AGENT,
    APPOINTMENT,
    CONVERSATION,
    DAY,
    HOUR,
    INSTANT,
    JOURNEY,
    MARIA,
    NOW,
    OTHER_APPOINTMENT,
    THIRD_APPOINTMENT,
    VITORIA,
    activate,
    anonymize,
    assign_agent,
    became_suspended,
    book,
    but,
    cancel,
    cancelled,
    close,
    complete,
    completed,
    confirm,
    confirmed,
    conversation_started,
    deactivate,
    delete,
    detect_intent,
    edit,
    escalate,
    escalated,
    mark_no_show,
    message_received,
    message_sent,
    no_show,
    receive,
    remind,
    reminder_not_sent,
    report_status,
    reschedule,
    rescheduled,
    resolve,
    scheduled,
    send,
    start_conversation,
    suspend,
    update_contact,
    update_medical_history,
    update_preferences,
)
from healz.events import Event
from healz.events.journey import (
    JourneyAbandoned,
    JourneyCompleted,
    JourneyRecovered,
    JourneyStageChanged,
    RiskDetected,
    RiskScoreRecalculated,
)
from healz.events.risk import Factor, RiskLevel, RiskType, Severity
from healz.events.stages import INACTIVE_STAGES, Stage

journey_started = but(examples.journey_started, started_at=NOW - 10 * DAY)
"""Before all that the stories tell of it, and not so long before that anybody is silent."""

MOVES = (JourneyStageChanged, JourneyRecovered, JourneyAbandoned, JourneyCompleted)
STAGES: tuple[Stage, ...] = get_args(Stage)
ACTIVE = [stage for stage in STAGES if stage not in INACTIVE_STAGES]


@dataclass(frozen=True)
class Fact:
    """What happens: the command that brings it, and what was so before."""

    name: str
    command: Any
    at: datetime = NOW
    before: tuple[Event, ...] = (scheduled,)
    target: Any = APPOINTMENT
    role: str = "receptionist"
    other: Other | None = None


def visited(ago: Any) -> tuple[Event, ...]:
    """A visit that long before NOW, as the only appointment."""
    return (
        but(scheduled, appointment_id=OTHER_APPOINTMENT, scheduled_for=NOW - ago),
        but(completed, appointment_id=OTHER_APPOINTMENT, completed_at=NOW - ago),
    )


another = but(scheduled, appointment_id=THIRD_APPOINTMENT, scheduled_for=NOW + 9 * DAY)
another_confirmed = but(confirmed, appointment_id=THIRD_APPOINTMENT)
earlier_no_show = (
    but(scheduled, appointment_id=OTHER_APPOINTMENT, scheduled_for=NOW - 9 * DAY),
    but(no_show, appointment_id=OTHER_APPOINTMENT, scheduled_for=NOW - 9 * DAY, marked_at=NOW - 9 * DAY),
)
VISIT = scheduled.scheduled_for + HOUR

came = CorrectOutcome(outcome="completed", reason="estava na recepção")
stayed_away = CorrectOutcome(outcome="no_show", reason="era outra Maria")
called_it_off = CorrectOutcome(outcome="cancelled", reason="tinha desmarcado")
still_on = CorrectOutcome(outcome="live", reason="clicou errado")

booked = Fact("booked", book, before=visited(3 * DAY))
booked_in_time = Fact("booked just under 7 days after a visit", book, before=visited(7 * DAY - INSTANT))
booked_later = Fact("booked 7 days after a visit", book, before=visited(7 * DAY))
was_confirmed = Fact("confirmed", confirm)
was_completed = Fact("completed", complete, VISIT)
to_follow_up = Fact("completed, to be followed up", but(complete, requires_follow_up=True), VISIT)
first_no_show = Fact("first no-show", mark_no_show, VISIT)
no_show_after_visit = Fact(
    "no-show, a visit since the last", mark_no_show, VISIT, (*earlier_no_show, *visited(3 * DAY), scheduled)
)
second_no_show = Fact("second no-show", mark_no_show, VISIT, (*earlier_no_show, scheduled))
cancelled_one_confirmed = Fact(
    "cancelled, another is confirmed", cancel, before=(scheduled, another, another_confirmed)
)
cancelled_one_live = Fact("cancelled, another is live", cancel, before=(*visited(DAY), scheduled, another))
cancelled_after_visit = Fact("cancelled, none live, a visit", cancel, before=(*visited(DAY), scheduled, confirmed))
cancelled_all = Fact("cancelled, none live, no visit", cancel, before=(scheduled, confirmed))
moved_one_confirmed = Fact(
    "rescheduled, another is confirmed", reschedule, before=(scheduled, another, another_confirmed)
)
moved = Fact("rescheduled", reschedule, before=(*visited(DAY), scheduled, confirmed))
reminded = Fact("reminder sent", remind)
not_reminded = Fact("reminder failed", reminder_not_sent)
contact = Fact("contact updated", update_contact, target=MARIA)
preferred = Fact("preferences updated", update_preferences, target=MARIA)
history = Fact("medical history updated", update_medical_history, target=MARIA)
talking: dict[str, Any] = {"before": (conversation_started, message_received), "target": CONVERSATION}
patient_began = Fact(
    "conversation begun by the patient",
    but(start_conversation, on_behalf_of_patient=True),
    before=(),
    target=CONVERSATION,
    role="bot",
)
clinic_began = Fact("conversation begun by the clinic", start_conversation, before=(), target=CONVERSATION)
bot_began = Fact("conversation begun by the bot", start_conversation, before=(), target=CONVERSATION, role="bot")
was_told = Fact("message received", receive, before=(conversation_started,), target=CONVERSATION)
was_told_off = Fact(
    "negative message received", but(receive, sentiment="negative"), before=(conversation_started,), target=CONVERSATION
)
TALK = [
    Fact("message sent", send, **talking),
    Fact(
        "status of a message changed", report_status, before=(conversation_started, message_sent), target=CONVERSATION
    ),
    Fact("message edited", edit, **talking),
    Fact("message deleted", delete, **talking),
    Fact("intent detected", detect_intent, **talking),
    Fact("conversation escalated", escalate, **talking),
    Fact("agent assigned", assign_agent, **talking),
    Fact("escalation resolved", resolve, before=(conversation_started, escalated), target=CONVERSATION),
    Fact("conversation closed", close, **talking),
]
suspended = Fact("suspended", suspend, target=MARIA)
reactivated = Fact("active again", activate, before=(became_suspended,), target=MARIA)
inactive = Fact("inactive", deactivate, target=MARIA)
anonymized = Fact("anonymised", anonymize, target=MARIA)

FACTS = [
    *(booked, booked_in_time, booked_later, was_confirmed, was_completed, to_follow_up),
    *(first_no_show, no_show_after_visit, second_no_show),
    *(cancelled_one_confirmed, cancelled_one_live, cancelled_after_visit, cancelled_all, moved_one_confirmed, moved),
    *(patient_began, clinic_began, bot_began, was_told, was_told_off),
    *(reminded, not_reminded, contact, preferred, history, suspended, reactivated, inactive, anonymized, *TALK),
]
STARTING = [booked, booked_in_time, booked_later, patient_began, was_told, was_told_off]
"""What begins a journey where none is active."""

CORRECTIONS = [
    Fact("no-show corrected: she came", came, VISIT + HOUR, before=(scheduled, no_show)),
    Fact("no-show corrected: it was cancelled", called_it_off, VISIT + HOUR, before=(scheduled, no_show)),
    Fact("visit corrected: she did not come", stayed_away, VISIT + HOUR, before=(scheduled, completed)),
    Fact("visit corrected: it was cancelled", called_it_off, VISIT + HOUR, before=(scheduled, completed)),
    Fact("cancellation corrected: it is still on", still_on, before=(scheduled, cancelled)),
]
"""Each is the last that was said of the appointment."""

# A person's commands, and the sweeps

start = StartJourney(patient_id=MARIA, clinic_id=VITORIA)
report = ReportRisk(risk_type="tone_change")
call_for_help = EscalateRisk(reason="não responde há dias")
recover = RecoverJourney(reason="falamos por telefone")
abandon = AbandonJourney(reason="mudou de cidade")
finish = CompleteJourney(reason="patient_moved")
claim = ClaimJourney(assigned_to=AGENT)
release = ReleaseJourney()
ring = RecordCall(outcome="not_reached")
snooze = SnoozeJourney(until=NOW + 30 * DAY)
weigh_silence = RecalculateSilence()
end_silent = EndSilentJourney()
close_silent = CloseSilentConversation()

# Risk

WEIGHTS: dict[RiskType, str] = {
    "silence": "0.40",
    "no_show": "0.30",
    "cancellation": "0.20",
    "delay": "0.20",
    "tone_change": "0.10",
}
of_journey = {"journey_id": JOURNEY, "patient_id": MARIA, "clinic_id": VITORIA}


def factor(kind: RiskType, value: str, severity: Severity, detected_at: datetime = NOW) -> Factor:
    """A sign in a score, with the table's weight."""
    return Factor(
        type=kind, weight=Decimal(WEIGHTS[kind]), value=Decimal(value), severity=severity, detected_at=detected_at
    )


def detected(kind: RiskType, value: str, severity: Severity, details: dict[str, Any], at: datetime) -> RiskDetected:
    return RiskDetected(
        **of_journey, risk_type=kind, severity=severity, value=Decimal(value), details=details, detected_at=at
    )


def rated(
    previous: str, new: str, level: RiskLevel, *factors: Factor, at: datetime = NOW - HOUR
) -> RiskScoreRecalculated:
    return RiskScoreRecalculated(
        **of_journey,
        previous_score=Decimal(previous),
        new_score=Decimal(new),
        risk_level=level,
        contributing_factors=factors,
        recalculated_at=at,
    )


def nth(n: int) -> UUID:
    """The id of Maria's n-th appointment of those that are over."""
    return UUID(int=0xF00 + n)


def missed(n: int, at: datetime = NOW - 2 * HOUR) -> tuple[Event, ...]:
    """An appointment that she booked a day before and did not come to."""
    return (
        but(scheduled, appointment_id=nth(n), scheduled_for=at - HOUR, scheduled_at=at - DAY),
        but(no_show, appointment_id=nth(n), scheduled_for=at - HOUR, marked_at=at),
    )


def called_off(n: int, at: datetime = NOW - 2 * HOUR) -> tuple[Event, ...]:
    """An appointment that she booked a day before and cancelled."""
    return (
        but(scheduled, appointment_id=nth(n), scheduled_for=at + HOUR, scheduled_at=at - DAY),
        but(cancelled, appointment_id=nth(n), cancelled_at=at),
    )


def put_off(n: int, times: int = 1, at: datetime = NOW - 2 * HOUR) -> tuple[Event, ...]:
    """A live appointment that she moved so often."""
    return (
        but(scheduled, appointment_id=nth(n), scheduled_for=at + 3 * DAY, scheduled_at=at - DAY),
        *[but(rescheduled, appointment_id=nth(n), rescheduled_at=at) for _ in range(times)],
    )


def visited_at(n: int, at: datetime, follow_up: bool = False) -> tuple[Event, ...]:
    """An appointment that she booked a day before and came to."""
    return (
        but(scheduled, appointment_id=nth(n), scheduled_for=at, scheduled_at=at - DAY),
        but(completed, appointment_id=nth(n), completed_at=at, requires_follow_up=follow_up),
    )


def wrote(sentiment: str | None = None, at: datetime = NOW - HOUR, n: int = 1) -> Event:
    return but(
        message_received, message_id=UUID(int=0xE00 + n), whatsapp_message_id=None, timestamp=at, sentiment=sentiment
    )
