"""Generated histories of one patient: sensible commands and silly ones, by anybody, at any time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from command_api.decide.appointment.change.commands import ChangeAppointment
from command_api.decide.appointment.command import AppointmentCommand
from command_api.decide.appointment.commands import (
    BookAppointment,
    CancelAppointment,
    ConfirmAppointment,
    RescheduleAppointment,
)
from command_api.decide.appointment.outcome.commands import (
    CompleteAppointment,
    CorrectOutcome,
    MarkAppointmentAsNoShow,
    RecordArrival,
)
from command_api.decide.appointment.reminder.commands import RecordReminder
from command_api.decide.case import Case, decide
from command_api.decide.command import Command
from command_api.decide.conversation.command import ConversationCommand
from command_api.decide.conversation.commands import (
    AssignAgent,
    CloseConversation,
    CloseSilentConversation,
    DetectIntent,
    EscalateConversation,
    ResolveEscalation,
    StartConversation,
)
from command_api.decide.conversation.later_commands import DeleteMessage, EditMessage, RecordMessageStatus
from command_api.decide.conversation.message_commands import RecordMessage
from command_api.decide.given import Doctor, Given, Other
from command_api.decide.journey.commands import (
    AbandonJourney,
    ClaimJourney,
    CompleteJourney,
    EndSilentJourney,
    EscalateRisk,
    JourneyCommand,
    RecalculateSilence,
    RecordCall,
    RecoverJourney,
    ReleaseJourney,
    ReportRisk,
    SnoozeJourney,
    StartJourney,
)
from command_api.decide.journey.rules import DEFAULT_RULES, JourneyRules
from command_api.decide.merging.commands import MergePatients
from command_api.decide.merging.merged import ended
from command_api.decide.merging.retold import told_id
from command_api.decide.patient.commands import (
    AmendPatientMedicalHistory,
    AnonymizePatient,
    ChangePatientStatus,
    RegisterPatient,
    UpdatePatientContact,
    UpdatePatientMedicalHistory,
    UpdatePatientPreferences,
)
from command_api.decide.patient.medical_parts import MedicalHistoryParts
from command_api.decide.rejected import Rejected
from examples import (
    APPOINTMENT,
    CPF,
    DAY,
    DR_JOSE,
    DRA_ANA,
    GUARDIAN,
    HOUR,
    MARIA,
    NOW,
    OTHER_CPF,
    OTHER_PHONE,
    PHONE,
    SAO_PAULO,
    SERRA,
    TENANT,
    VITORIA,
    address,
    again,
    but,
    completed,
    conversation_started,
    journey_started,
    medical_history,
    merge,
    message_received,
    moved_to,
    preferences,
    register,
    registered,
    scheduled,
)
from given_when_then import Log, event_id
from healz.events import Event, Recorded
from healz.events.appointment_event import AppointmentEvent
from healz.events.conversation_event import ConversationEvent
from healz.events.journey import JourneyStarted
from healz.events.patient_details import MedicalHistory

CLINICS, DOCTORS = [VITORIA, SERRA], [DRA_ANA, DR_JOSE]
UNKNOWN = UUID(int=0xBAD)
ROLES = ["receptionist", "bot", "doctor", "manager", "import", "import", "system"]


@dataclass(frozen=True)
class Step:
    """One command. ``after`` is the time since the step before; ``which`` picks the appointment, the conversation or
    the journey, 0 the newest.

    ``occurred`` and ``starts`` are hours from now.
    """

    command: Command
    role: str
    after: timedelta
    which: int
    occurred: int | None
    starts: int

    def __repr__(self) -> str:
        said = self.command.model_dump(exclude_defaults=True, exclude={"patient_id"})
        when = f"after {self.after}, which {self.which}, occurred {self.occurred}, starts {self.starts}"
        return f"{self.role}: {type(self.command).__name__} {said} {when}"


@dataclass(frozen=True)
class Commit:
    """What one command led to, and when."""

    step: Step
    now: datetime
    given: Given
    before: Case
    events: Sequence[Event]
    rejected: Rejected | None


@dataclass(frozen=True)
class History:
    commits: tuple[Commit, ...] = ()
    case: Case = field(default_factory=Case)

    def __repr__(self) -> str:
        """The steps: all else follows from them."""
        return "\n".join(["History of", *(repr(commit.step) for commit in self.commits)])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    @property
    def events(self) -> list[Event]:
        return [event for commit in self.commits for event in commit.events]

    @property
    def recorded(self) -> tuple[Recorded, ...]:
        """In their envelopes, as the handler gives them: a commit's first event causes its others, but for a journey
        that is told again, which the fact before it started."""
        log = Log(TENANT, NOW)
        for commit in self.commits:
            first = event_id(len(log.recorded) + 1)
            for n, event in enumerate(commit.events):
                started = n and isinstance(event, JourneyStarted) and isinstance(commit.events[n - 1], STARTING)
                cause = event_id(len(log.recorded)) if started else first
                log = log.add(event, cause if n else UUID(int=0xC0), created_at=commit.now)
        return log.recorded


STARTING = (AppointmentEvent, ConversationEvent)
REGISTERED = Step(register, "receptionist", timedelta(0), 0, None, 0)

text = st.sampled_from(["", "viagem", "não pôde vir", "São João da Barra\n— às 8h", "🙂 " * 20])
maybe_text = st.none() | text
phones = st.sampled_from([PHONE, OTHER_PHONE, GUARDIAN])
cpfs = st.sampled_from([CPF, OTHER_CPF])
emails = st.sampled_from(["maria@example.com.br", "Maria@Example.com.br", "gonçalves@exemplo.com.br"])
births = st.sampled_from([date(1985, 7, 14), date(2008, 3, 2), date(2008, 3, 4), date(2015, 1, 1), date(2030, 1, 1)])
people = st.sampled_from(["Maria Aparecida da Silva", "José Antônio Gonçalves", "Ângela d'Ávila", "ﷺ"])


def _said(**fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Any of these fields, some, none: absent is not null."""
    return st.fixed_dictionaries({}, optional=fields)


registrations = st.builds(
    lambda fields: RegisterPatient.model_validate(register.model_dump(exclude_unset=True) | fields),
    _said(
        phone=phones,
        full_name=people,
        email=emails,
        birth_date=births,
        cpf=cpfs,
        guardian_phone=phones,
        preferred_clinic_id=st.sampled_from(CLINICS),
        shares_phone=st.booleans(),
    ),
)
contacts = st.builds(
    UpdatePatientContact.model_validate,
    _said(
        phone=phones,
        full_name=people,
        email=st.none() | emails,
        birth_date=st.none() | births,
        cpf=st.none() | cpfs,
        guardian_phone=st.none() | phones,
        address=st.sampled_from([None, address]),
        shares_phone=st.booleans(),
    ),
)
preferring = st.sampled_from(
    [
        UpdatePatientPreferences(**preferences.model_dump()),
        UpdatePatientPreferences(communication_channel="sms", reminder_enabled=False, reminder_time_before=0),
        UpdatePatientPreferences(preferred_doctor_id=None),
        UpdatePatientPreferences(),
    ]
)
AMENDMENTS = [MedicalHistoryParts(allergies=("látex",)), MedicalHistoryParts(medications=()), MedicalHistoryParts()]
healthy = MedicalHistory(allergies=(), chronic_conditions=(), medications=())
histories_of_illness = st.builds(
    UpdatePatientMedicalHistory, medical_history=st.sampled_from([medical_history, MedicalHistory(), healthy])
) | st.builds(AmendPatientMedicalHistory, medical_history=st.sampled_from(AMENDMENTS))
statuses = st.builds(
    ChangePatientStatus, status=st.sampled_from(["active", "active", "inactive", "suspended"]), reason=maybe_text
)
anonymisations = st.builds(AnonymizePatient)
merges = st.just(merge)
HER_BOOKING_MOVED_IT = but(moved_to("scheduled"), reason="appointment_scheduled")
HER_OTHER_PAST = again(
    but(registered, phone=OTHER_PHONE, email=None, cpf=None, birth_date=None),
    *(but(scheduled, scheduled_for=NOW - 3 * HOUR), journey_started, HER_BOOKING_MOVED_IT),
    conversation_started,
    *(message_received, but(completed, completed_at=NOW - 2 * HOUR)),
)
OVER_WHERE = 2
"""Which steps have her record merged into the other, and not the other way round."""
bookings = st.builds(
    BookAppointment,
    patient_id=st.just(MARIA),
    clinic_id=st.sampled_from([*CLINICS, *CLINICS, VITORIA, UNKNOWN]),
    doctor_id=st.sampled_from(DOCTORS),
    scheduled_for=st.just(NOW),
    duration=st.sampled_from([30, 1, 60, 60, 24 * 60]),
    appointment_type=st.sampled_from(["first_visit", "follow_up", "return", "emergency"]),
    notes=maybe_text,
    squeeze_in=st.sampled_from([False, False, False, True]),
)
confirmations = st.builds(
    ConfirmAppointment, confirmation_method=st.sampled_from(["whatsapp", "phone", "dashboard", "in_person"])
)
accounts = st.none() | st.sampled_from(["patient", "clinic"])
reschedules = st.builds(RescheduleAppointment, scheduled_for=st.just(NOW), reason=maybe_text, on_whose_account=accounts)
changes = st.builds(
    lambda fields, more: ChangeAppointment.model_validate(fields | more),
    st.sampled_from([{"doctor_id": DRA_ANA}, {"doctor_id": DR_JOSE}, {"duration": 60}, {"clinic_id": SERRA}]),
    _said(duration=st.sampled_from([15, 90]), appointment_type=st.just("emergency"), reason=text)
    | st.sampled_from([{"scheduled_for": NOW}, {"squeeze_in": True}]),
)
cancellations = st.builds(CancelAppointment, reason=maybe_text, on_whose_account=accounts)
corrections = st.builds(
    lambda fields: CorrectOutcome.model_validate({"reason": "clicou errado"} | fields),
    st.sampled_from(
        [
            {"outcome": "completed"},
            {"outcome": "completed", "requires_follow_up": True},
            {"outcome": "no_show"},
            {"outcome": "cancelled"},
            {"outcome": "cancelled", "on_whose_account": "clinic"},
            {"outcome": "live"},
        ]
    ),
)
no_shows = st.builds(MarkAppointmentAsNoShow, notes=maybe_text)
completions = st.builds(CompleteAppointment, notes=maybe_text, requires_follow_up=st.booleans())
reminders = st.builds(
    lambda fields, said: RecordReminder.model_validate(fields | said),
    st.fixed_dictionaries(
        {
            "reminder_id": st.none() | st.sampled_from([UUID(int=1), UUID(int=2)]),
            "channel": st.sampled_from(["whatsapp", "sms", "email"]),
        }
    ),
    st.sampled_from([{"delivery_status": status} for status in ("sent", "delivered", "read", "failed")])
    | st.builds(lambda error: {"error": error}, text),
)
conversations = st.builds(
    StartConversation, patient_id=st.just(MARIA), clinic_id=st.sampled_from([VITORIA, VITORIA, SERRA, UNKNOWN])
)
message_ids = st.sampled_from([UUID(int=0xE1), UUID(int=0xE2)])
inbound = st.builds(
    lambda fields: RecordMessage.model_validate({"direction": "inbound"} | fields),
    st.fixed_dictionaries(
        {"content": text},
        optional={
            "message_id": message_ids,
            "media_type": st.sampled_from(["text", "image", "sticker", "unsupported"]),
            "timestamp": st.sampled_from([NOW, NOW - DAY, NOW + DAY, NOW + 99 * DAY]),
            "whatsapp_message_id": st.sampled_from(["wamid.1", "wamid.2", "wamid.3"]),
            "sentiment": st.sampled_from(["positive", "neutral", "negative"]),
        },
    ),
)
outbound = st.builds(
    lambda fields: RecordMessage.model_validate({"direction": "outbound"} | fields),
    st.fixed_dictionaries(
        {"content": text},
        optional={
            "message_id": message_ids,
            "whatsapp_message_id": st.sampled_from(["wamid.1", "wamid.4"]),
            "sender": st.just("agent"),
        },
    ),
)
message_statuses = st.builds(
    RecordMessageStatus,
    message_id=message_ids,
    whatsapp_message_id=st.sampled_from([None, "wamid.3", "wamid.4", "wamid.5"]),
    status=st.sampled_from(["sent", "delivered", "read", "failed"]),
    error=maybe_text,
)
details: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"kind": "location", "latitude": -20.2976, "longitude": -40.2958, "name": "Clínica"},
        {"kind": "contacts", "contacts": [{"name": "João", "phones": ["27 99807-4360"]}]},
        {"kind": "reaction", "whatsapp_message_id": "wamid.1", "emoji": "👍"},
        {"kind": "list", "title": "Segunda, 10:00"},
        {"kind": "order", "items": [{"product_id": "clareamento", "quantity": 1, "price": 450, "currency": "BRL"}]},
    ]
)
of_any_kind = details.map(
    lambda said: RecordMessage.model_validate(
        {"direction": "inbound", "content": "", "media_type": said["kind"], "details": said}
    )
)
edits = st.builds(EditMessage, message_id=message_ids, content=text, timestamp=st.sampled_from([None, NOW, NOW - DAY]))
deletions = st.builds(DeleteMessage, message_id=message_ids)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=5,
)
intents = st.builds(
    DetectIntent,
    message_id=message_ids,
    intent=st.sampled_from(["schedule_appointment", "complaint"]),
    confidence=st.floats(0, 1, allow_nan=False, allow_subnormal=False),
    extracted_data=st.dictionaries(text, json_values, max_size=3),
)
escalations = st.builds(
    EscalateConversation,
    reason=st.sampled_from(["low_confidence", "explicit_request", "complex_query", "complaint"]),
    triggering_message_id=st.sampled_from([None, None, UUID(int=0xE1)]),
)
assignments = st.builds(AssignAgent, agent_id=st.sampled_from([UUID(int=0xA1), UUID(int=0xA2)]))
resolutions = st.builds(ResolveEscalation, resolution_notes=maybe_text)
closures = st.builds(CloseConversation, reason=maybe_text)
said = st.sampled_from(["viagem", "não responde há dias\n🙂"])
starts = st.builds(
    StartJourney, patient_id=st.just(MARIA), clinic_id=st.sampled_from([VITORIA, VITORIA, SERRA, UNKNOWN])
)
reports = st.builds(ReportRisk, risk_type=st.just("tone_change"), notes=maybe_text)
calls = st.builds(EscalateRisk, reason=said, assigned_to=st.none() | st.just(UUID(int=0xA1)))
recoveries = st.builds(RecoverJourney, reason=said)
abandonments = st.builds(AbandonJourney, reason=said)
ends = st.builds(CompleteJourney, reason=st.sampled_from(["successful_treatment", "patient_moved", "other"]))
claims = st.builds(
    ClaimJourney,
    assigned_to=st.sampled_from([None, UUID(int=0xA1), UUID(int=0xA2)]),
    take_over=st.booleans(),
)
phone_calls = st.builds(
    RecordCall, outcome=st.sampled_from(["reached", "not_reached", "wrong_number"]), notes=maybe_text
)
snoozes = st.builds(
    SnoozeJourney,
    until=st.sampled_from([None, *(NOW + days * DAY for days in (1, 20, 40, 80, 200))]),
    reason=st.none() | said,
)
sweeps = st.sampled_from([RecalculateSilence(), RecalculateSilence(), EndSilentJourney()])
silent_closures = st.builds(CloseSilentConversation)
# Mostly what moves something; else nearly every history would end at its first anonymisation.
WEIGHTS = [
    (bookings, 9),
    (confirmations, 6),
    (reschedules, 6),
    (changes, 4),
    (cancellations, 4),
    (no_shows, 4),
    (completions, 4),
    (corrections, 6),
    (reminders, 4),
    (conversations, 4),
    (inbound, 4),
    (outbound, 3),
    (message_statuses, 2),
    (of_any_kind, 2),
    (edits, 1),
    (deletions, 1),
    (intents, 1),
    (escalations, 2),
    (assignments, 1),
    (resolutions, 2),
    (closures, 2),
    (starts, 3),
    (reports, 3),
    (calls, 1),
    (claims, 2),
    (st.builds(ReleaseJourney), 1),
    (phone_calls, 2),
    (snoozes, 2),
    (recoveries, 3),
    (abandonments, 1),
    (ends, 1),
    (sweeps, 6),
    (silent_closures, 1),
    (contacts, 3),
    (preferring, 2),
    (histories_of_illness, 2),
    (statuses, 2),
    (anonymisations, 1),
    (merges, 1),
    (registrations, 1),
]
OF_AN_APPOINTMENT = [
    (st.just(command.model_validate(command.example)), 4)
    for command in AppointmentCommand.__subclasses__()
    if command.model_fields.keys() == AppointmentCommand.model_fields.keys()
]
"""Those that say nothing of their own are all alike: each by its example."""
commands: st.SearchStrategy[Command] = st.sampled_from(
    [strategy for strategy, weight in [*WEIGHTS, *OF_AN_APPOINTMENT] for _ in range(weight)]
).flatmap(lambda strategy: strategy)


# Mostly the same week; now and then weeks and months, so that patients fall silent.
PAUSES = [timedelta(0), timedelta(microseconds=1), HOUR, 5 * HOUR, DAY, 3 * DAY, 8 * DAY] * 3 + [
    15 * DAY,
    31 * DAY,
    200 * DAY,
]


@st.composite
def steps_of(draw: st.DrawFn, these: st.SearchStrategy[Any]) -> Step:
    """Nine of ten in a frame that can be accepted; the tenth says when, and for whom, whoever it is."""
    role, silly = draw(st.sampled_from(ROLES)), draw(st.integers(0, 9)) == 9
    occurred = draw(st.sampled_from([-24 * 30, -24, -1, 0, 1])) if silly or role == "import" else None
    return Step(
        command=draw(these).model_copy(
            update={"on_behalf_of_patient": draw(st.booleans()) and (silly or role == "bot")}
        ),
        role=role,
        after=draw(st.sampled_from(PAUSES)),
        which=draw(st.sampled_from([0, 0, 0, 1, 1, 2, 5])),
        occurred=occurred,
        starts=draw(st.sampled_from([2, 1, 0, 24, 26, 48, 24 * 9, -1, -24, -24 * 30])),
    )


def play(steps: Sequence[Step], rules: JourneyRules = DEFAULT_RULES) -> History:
    """The clock, the new ids and the reference data are the same at each playing."""
    history, now = History(), NOW
    for n, step in enumerate(steps):
        now += step.after
        commit = _take(step, now, n, history.case, rules)
        if commit is not None:
            history = replace(history, commits=(*history.commits, commit), case=history.case.after(commit.events))
    return history


def _take(step: Step, now: datetime, n: int, case: Case, rules: JourneyRules) -> Commit | None:
    target = MARIA
    if isinstance(step.command, BookAppointment):
        target = UUID(int=0xA000 + n)
    elif isinstance(step.command, StartConversation):
        target = UUID(int=0xC000 + n)
    elif isinstance(step.command, StartJourney):
        target = UUID(int=0xBB000 + n)
    elif isinstance(step.command, AppointmentCommand | ConversationCommand | JourneyCommand):
        known = _known(step.command, case)
        if not known:
            return None  # the handler answers: not found
        target = known[-1 - step.which % len(known)]
    command = step.command.model_copy(update=dict(_times(step, now)))
    given = Given(
        now=now,
        role=step.role,  # type: ignore[arg-type]  # a role that is drawn
        target=target,
        patient_id=MARIA,
        journey_id=UUID(int=0xB000 + n),
        reminder_id=UUID(int=0xD000 + n),
        message_id=UUID(int=0xF000 + n),
        clinic_zone=None if getattr(command, "clinic_id", None) == UNKNOWN else SAO_PAULO,
        doctor=Doctor("Dra. Ana Lúcia Nogueira", frozenset(CLINICS)),
        rules=rules,
        squeeze_in_roles=frozenset({"receptionist", "manager"}),
    )
    if isinstance(command, MergePatients):
        if told_id(APPOINTMENT, MARIA) in case.appointments.appointments:
            return None  # a record is absorbed once
        if step.which >= OVER_WHERE and case.patient.status not in (None, "anonymized", "merged"):
            over = ended(Other(MARIA, case, ()), command.other_patient_id, "agent", now)
            return Commit(step, now, given, case, over, None)
        given = replace(given, other=HER_OTHER_PAST)
    try:
        return Commit(step, now, given, case, decide(command, case, given), None)
    except Rejected as rejected:
        return Commit(step, now, given, case, [], rejected)


def _known(command: Command, case: Case) -> list[UUID]:
    """The aggregates that the command may be about; of journeys the active ones last."""
    if isinstance(command, AppointmentCommand):
        return list(case.appointments.appointments)
    if isinstance(command, ConversationCommand):
        return list(case.conversations.conversations)
    ways = sorted(case.journeys.values(), key=lambda way: way.is_active)
    over = [key for way in ways for key in sorted(way.earlier)]
    return over + [way.journey_id for way in ways if way.journey_id is not None]


def _times(step: Step, now: datetime) -> Iterator[tuple[str, datetime]]:
    if step.occurred is not None:
        yield "occurred_at", now + step.occurred * HOUR
    moves = isinstance(step.command, ChangeAppointment) and step.command.scheduled_for is not None
    if moves or isinstance(step.command, BookAppointment | RescheduleAppointment):
        yield "scheduled_for", now + step.starts * HOUR
    if isinstance(step.command, SnoozeJourney) and step.command.until is not None:
        yield "until", now + (step.command.until - NOW)


@st.composite
def visits(draw: st.DrawFn) -> list[Step]:
    """A booking that is accepted, as a rule, perhaps the patient's arrival, and what became of it, said a day later, or
    days later of that day; or what was said of it too soon."""
    booking, end = draw(bookings), draw(no_shows | completions | completions)
    starts = draw(st.sampled_from([2, 2, 2, 50]))
    first = Step(booking, "receptionist", draw(st.sampled_from([timedelta(0), DAY, 8 * DAY])), 0, None, starts)
    came = Step(RecordArrival(), "receptionist", HOUR, 0, None, 0)
    right = Step(draw(corrections), "manager", HOUR, 0, None, 0)
    arrival, correction = draw(st.sampled_from([[], [], [came]])), draw(st.sampled_from([[], [], [right]]))
    waited, occurred = draw(st.sampled_from([(DAY, None), (DAY, None), (4 * DAY, -70)]))
    return [first, *arrival, Step(end, "doctor", waited, 0, occurred, 0), *correction]


@st.composite
def talks(draw: st.DrawFn) -> list[Step]:
    """A conversation in which something was said; perhaps the bot goes on and on, perhaps a person is wanted."""

    def bot(command: Command) -> Step:
        return Step(command, "bot", timedelta(0), 0, None, 0)

    first = RecordMessage(direction="inbound", content="Oi", message_id=UUID(int=0xE1))
    begun = [bot(draw(conversations)), bot(draw(inbound)), bot(first)]
    said = bot(RecordMessage(direction="outbound", content="Para qual dia?"))
    asked = RecordMessage(direction="outbound", content="Para que dia?", message_id=UUID(int=0xE2))
    told = [
        bot(asked),
        bot(draw(message_statuses)),
        bot(draw(edits)),
        bot(draw(deletions)),
        bot(draw(message_statuses)),
    ]
    wanted = [bot(draw(escalations)), said, bot(draw(resolutions)), bot(draw(closures))]
    ended = [bot(draw(assignments)), Step(draw(resolutions), "receptionist", HOUR, 0, None, 0), bot(draw(closures))]
    return begun + draw(
        st.sampled_from(
            [[bot(draw(intents)), bot(draw(resolutions))], [said] * 4, told, [*wanted, wanted[0], *ended], []]
        )
    )


@st.composite
def silences(draw: st.DrawFn) -> list[Step]:
    """Time passes, a sweep at a time, and perhaps somebody sees to it."""

    def swept(command: Command, days: int) -> Step:
        return Step(command, "system", days * DAY, 0, None, 0)

    weigh, end = RecalculateSilence(), EndSilentJourney()
    days = draw(st.lists(st.sampled_from([1, 6, 9, 14, 15]), min_size=1, max_size=4))
    work = claims | st.just(ReleaseJourney()) | phone_calls | snoozes
    by_hand = Step(draw(recoveries | reports | calls | abandonments | ends | work), "receptionist", HOUR, 0, None, 0)
    after = draw(st.sampled_from([[], [by_hand], [swept(weigh, 30), swept(end, 9)], [swept(end, 180)]]))
    return [swept(weigh, n) for n in days] + after


@st.composite
def step_lists(draw: st.DrawFn) -> list[Step]:
    """A registration first, more often than not; then anything, in short histories and in long ones."""
    first = draw(st.sampled_from([[REGISTERED], [REGISTERED], [REGISTERED], []]))
    single = steps_of(commands).map(lambda step: [step])
    parts = st.integers(0, 9).flatmap(lambda n: [talks(), silences(), visits(), visits()][n] if n < 4 else single)
    rest = draw(st.lists(parts, max_size=8) | st.lists(parts, min_size=10, max_size=25))
    return first + [step for part in rest for step in part]


@st.composite
def histories(draw: st.DrawFn) -> History:
    return play(draw(step_lists()))


SLOW_IS_NO_FAULT = [HealthCheck.too_slow, HealthCheck.data_too_large]


def look_at_many(look: Callable[[History], None], enough: Callable[[], bool]) -> None:
    """Shows generated histories, the same ones each time, until it is enough; 2,000 at most."""
    for n in range(20):
        if enough():
            return
        seed(n)(
            settings(max_examples=100, database=None, deadline=None, suppress_health_check=SLOW_IS_NO_FAULT)(
                given(histories())(lambda history: look(history))
            )
        )()
