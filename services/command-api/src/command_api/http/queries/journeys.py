"""A journey by id, and the journeys that are found by where they stand."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import Parameter
from pydantic import BaseModel, Field

from command_api.decide.times import GivenInstant
from command_api.http.queries.disclosure import disclosed
from command_api.http.queries.reader import ROWS_ASKED_MAX, After, Keyset, Reader
from command_api.http.queries.risk_words import in_words
from command_api.scope import NotFound
from healz.events.journey_work import CallOutcome
from healz.events.personal import Personal
from healz.events.risk import RiskLevel
from healz.events.stages import INACTIVE_STAGES, Stage

PAGE_ROWS_DEFAULT = 50
SILENT_DAYS_MAX = 36_500

# The last live appointment that was to begin already. Among the columns: so it is looked for of the rows that are
# shown.
OPEN_APPOINTMENT = """
(SELECT max(a.scheduled_for::timestamptz)
   FROM journey.patient_clinic AS c
  CROSS JOIN jsonb_each_text(c.live_appointments) AS a (appointment_id, scheduled_for)
  WHERE d.is_active AND c.tenant_id = d.tenant_id AND c.patient_id = d.patient_id AND c.clinic_id = d.clinic_id
    AND a.scheduled_for::timestamptz <= now()) AS open_appointment_at
"""
BY_ID = f"""
SELECT d.*, {OPEN_APPOINTMENT}
  FROM journey.journey_dashboard AS d
 WHERE d.tenant_id = $1 AND d.journey_id = $2
"""  # noqa: S608  # its own piece
FOUND = f"""
SELECT d.*, {OPEN_APPOINTMENT}
  FROM journey.find_journeys($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) WITH ORDINALITY AS f (journey_id, place)
  JOIN journey.journey_dashboard AS d ON d.tenant_id = $1 AND d.journey_id = f.journey_id
 ORDER BY f.place
"""  # noqa: S608  # its own piece
MOST_SILENT_FIRST = Keyset(last_interaction_at=GivenInstant, journey_id=UUID)


class Reason(BaseModel):
    """A sign of risk; ``value`` and ``weight`` 0 to 1. ``detected_at``: when it appeared, or its severity rose."""

    type: str
    value: float
    weight: float
    severity: str
    detected_at: datetime
    words: str = Field(examples=["2 no-shows"])


class JourneyAnswer(BaseModel):
    """A journey as the read model has it. Days are whole ones of 24 hours, as of now. ``assigned_to`` sees to the
    patient; ``worked_at`` is when somebody last claimed it, let go of it, called or snoozed.
    What the reader's role may not see is null."""

    journey_id: UUID
    version: int
    clinic_id: UUID
    patient_id: UUID
    patient_name: Annotated[str, Personal("name")]
    patient_phone: Annotated[str, Personal("contact")] | None
    current_stage: str = Field(examples=["at_risk"])
    previous_stage: str | None
    stage_changed_at: datetime
    risk_score: float = Field(examples=[0.9])
    risk_level: str
    risk_indicators: list[Reason]
    last_risk_calculated_at: datetime | None
    first_contact_at: datetime
    last_interaction_at: datetime
    last_appointment_at: datetime | None
    next_appointment_at: datetime | None
    open_appointment_at: datetime | None
    days_since_first_contact: int
    days_since_last_interaction: int
    days_since_last_appointment: int | None
    days_until_next_appointment: int | None
    total_interactions: int
    total_appointments: int
    missed_appointments: int
    cancelled_appointments: int
    is_active: bool
    needs_follow_up: bool
    has_escalation: bool
    escalated_at: datetime | None
    assigned_to: UUID | None
    snoozed_until: datetime | None
    worked_at: datetime | None
    calls: int
    last_called_at: datetime | None
    last_call_outcome: CallOutcome | None
    started_at: datetime
    completed_at: datetime | None
    updated_at: datetime


class JourneyPage(BaseModel):
    """``next`` begins the next page; null: this was the last."""

    items: list[JourneyAnswer]
    next: str | None


@get("/{journey_id:uuid}", summary="A journey, its risk and why")
async def get_journey(journey_id: UUID, reader: NamedDependency[Reader]) -> Response[JourneyAnswer]:
    row = await reader.row("journey", BY_ID, journey_id)
    if row is None:
        raise NotFound
    return Response(journey_answer(row, reader), headers=reader.headers | {"ETag": f'"{row["version"]}"'})


@get("/", summary="Journeys by where they stand, those that are silent the longest first")
async def find_journeys(
    reader: NamedDependency[Reader],
    stage: Annotated[Stage | None, Parameter(description="an ended one finds ended journeys")] = None,
    risk_level: RiskLevel | None = None,
    follow_up: Annotated[bool | None, Parameter(description="whether somebody should follow up")] = None,
    escalation: Annotated[bool | None, Parameter(description="whether a person is waited for")] = None,
    clinic_id: UUID | None = None,
    patient_id: UUID | None = None,
    active: Annotated[
        bool | None,
        Parameter(description="under way, or ended; default: under way, where neither stage nor patient_id says more"),
    ] = None,
    silent_days: Annotated[
        int | None,
        Parameter(
            ge=0, le=SILENT_DAYS_MAX, description="no interaction for that many days", examples=[Example(value=30)]
        ),
    ] = None,
    after: After = None,
    limit: Annotated[int, Parameter(ge=1, le=ROWS_ASKED_MAX)] = PAGE_ROWS_DEFAULT,
) -> Response[JourneyPage]:
    if clinic_id is not None and not reader.sees(clinic_id):
        raise NotFound
    if active is None and stage is not None:
        active = stage not in INACTIVE_STAGES
    elif active is None and patient_id is None:
        active = True
    silent_since = datetime.now(UTC) - timedelta(days=silent_days) if silent_days is not None else None
    begin = MOST_SILENT_FIRST.after(after)
    limit = reader.page_rows(limit)
    wanted = (active, stage, risk_level, follow_up, escalation, clinic_id, patient_id, silent_since)
    async with reader.reading("journey") as connection:
        rows = await connection.fetch(FOUND, reader.user.tenant_id, *wanted, *begin, limit + 1)
    page, following = MOST_SILENT_FIRST.page(rows, limit)
    return Response(
        JourneyPage(items=[journey_answer(row, reader) for row in page], next=following), headers=reader.headers
    )


def journey_answer(row: Any, reader: Reader) -> JourneyAnswer:
    """The answer for a row of ``journey.journey_dashboard``."""
    opened = row["open_appointment_at"]
    known = dict(row) | {"days_open": (datetime.now(UTC) - opened).days if opened is not None else None}
    reasons = [indicator | {"words": in_words(indicator, known)} for indicator in row["risk_indicators"]]
    return disclosed(JourneyAnswer.model_validate(known | {"risk_indicators": reasons}), reader.user.role)


handlers = [find_journeys, get_journey]
