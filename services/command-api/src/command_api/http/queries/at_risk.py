"""Whom a clinic is about to lose, worst first, and why.

Either is enough: the stage ``at_risk``, which stays until the patient is won back even where the score has fallen
meanwhile, or a score from ``score_min`` on, which somebody with an appointment ahead reaches without that stage. Worst
is the highest score; of equal ones the patient who gave a sign of life last, who can still be won. Each journey stands
for itself: a patient who drifts away from two clinics is there for each of them, since each has to act.

The list is worked through: who is snoozed is not on it, and it can be asked for by whose they are.
"""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import Parameter

from command_api.decide.journey.rules import DEFAULT_RULES
from command_api.decide.times import GivenInstant
from command_api.http.problems import unfit
from command_api.http.queries.journeys import OPEN_APPOINTMENT, PAGE_ROWS_DEFAULT, JourneyPage, journey_answer
from command_api.http.queries.reader import ROWS_ASKED_MAX, After, Keyset, Reader
from command_api.http.queries.waiting import Source
from command_api.scope import NotFound
from healz.events.risk import RiskLevel, UpToOne

# Where no score is named: the one from which on the organisation itself calls a risk high.
AT_RISK = f"""
SELECT d.*, {OPEN_APPOINTMENT}
  FROM journey.list_at_risk(
           COALESCE($2,
                    (SELECT (journey_rules ->> 'score_high')::numeric FROM reference.tenants WHERE tenant_id = $1),
                    $3),
           $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) WITH ORDINALITY AS f (journey_id, place)
  JOIN journey.journey_dashboard AS d ON d.tenant_id = $1 AND d.journey_id = f.journey_id
 ORDER BY f.place
"""  # noqa: S608  # its own piece
WORST_FIRST = Keyset(risk_score=UpToOne, last_interaction_at=GivenInstant, journey_id=UUID)


@get(
    "/at-risk",
    summary="Patients at risk, worst first, with the reasons",
    description=(
        "Journeys under way that are at the stage at_risk, or whose score is score_min or more: either is enough. The"
        " highest score comes first; of equal ones the patient who gave a sign of life last, who can still be won. A"
        " patient at risk in two clinics is there for each of them. Who is snoozed is not on it. A doctor's patients"
        " are those who have or had an appointment with them in that clinic."
    ),
)
async def get_at_risk(
    reader: NamedDependency[Reader],
    clinic_id: UUID | None = None,
    score_min: Annotated[
        float | None,
        Parameter(
            ge=0,
            le=1,
            examples=[Example(value=0.7)],
            description="or stage at_risk; default: the organisation's score_high, 0.70 where it says nothing else",
        ),
    ] = None,
    risk_level: RiskLevel | None = None,
    doctor_id: UUID | None = None,
    claimed: Annotated[bool | None, Parameter(description="whether somebody sees to the patient")] = None,
    assigned_to: Annotated[UUID | None, Parameter(description="a user: whose patients")] = None,
    mine: Annotated[bool, Parameter(description="those assigned to who asks")] = False,
    snoozed: Annotated[bool, Parameter(description="true: those alone who are snoozed now")] = False,
    after: After = None,
    limit: Annotated[int, Parameter(ge=1, le=ROWS_ASKED_MAX)] = PAGE_ROWS_DEFAULT,
) -> Response[JourneyPage]:
    if clinic_id is not None and not reader.sees(clinic_id):
        raise NotFound
    if mine and assigned_to is not None:
        raise unfit("give either assigned_to or mine", "assigned_to", "mine")
    begin = WORST_FIRST.after(after)
    limit = reader.page_rows(limit)
    score = Decimal(str(score_min)) if score_min is not None else None
    sources: tuple[Source, ...] = ("journey",) if doctor_id is None else ("journey", "appointment")
    wanted = (clinic_id, risk_level, doctor_id, claimed, reader.user.user_id if mine else assigned_to, snoozed)
    async with reader.reading(*sources) as connection:
        rows = await connection.fetch(
            AT_RISK,
            reader.user.tenant_id,
            score,
            DEFAULT_RULES.score_high,
            *wanted,
            *begin,
            limit + 1,
        )
    page, following = WORST_FIRST.page(rows, limit)
    return Response(
        JourneyPage(items=[journey_answer(row, reader) for row in page], next=following), headers=reader.headers
    )


handlers = [get_at_risk]
