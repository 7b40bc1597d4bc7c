"""A clinic at a glance: its patients, their journeys, what is ahead and how reliably people came.

Days are the clinic's own, from midnight to midnight. The period behind ends now and takes today in: today alone, seven
days, or a month; the one ahead begins now and takes today in likewise.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import Parameter
from pydantic import BaseModel, Field

from command_api.decide.journey.rules import DEFAULT_RULES
from command_api.http.queries.reader import Reader
from command_api.scope import NotFound

Period = Literal["day", "week", "month"]

# Each part counts on its own and gives one row, so that no row of one is there once for each of another's.
DASHBOARD = """
WITH clinic AS (
    SELECT c.clinic_id, c.name, reference.clinic_zone(c.time_zone, t.time_zone) AS zone,
           COALESCE((t.journey_rules ->> 'score_high')::numeric, $4) AS score_min
      FROM reference.clinics AS c
      LEFT JOIN reference.tenants AS t ON t.tenant_id = c.tenant_id
     WHERE c.tenant_id = $1 AND c.clinic_id = $2
), period AS (
    SELECT (today - span + interval '1 day') AT TIME ZONE zone AS since, (today + span) AT TIME ZONE zone AS until
      FROM clinic
     CROSS JOIN LATERAL (SELECT date_trunc('day', now() AT TIME ZONE zone), ('1 ' || $3)::interval) AS d (today, span)
), appointments AS (
    SELECT count(*) FILTER (WHERE a.scheduled_for >= now() AND a.status IN ('scheduled', 'confirmed')) AS upcoming,
           count(*) FILTER (WHERE a.scheduled_for < now())                                         AS appointments,
           count(*) FILTER (WHERE a.scheduled_for < now() AND a.status = 'completed')              AS completed,
           count(*) FILTER (WHERE a.scheduled_for < now() AND a.status = 'no_show')                AS no_shows,
           count(*) FILTER (WHERE a.scheduled_for < now() AND a.status = 'cancelled')              AS cancelled,
           count(*) FILTER (WHERE a.scheduled_for < now() AND a.status <> 'cancelled'
                              AND a.confirmation_count > 0)                                        AS confirmed,
           round(avg(EXTRACT(epoch FROM a.completed_at - a.arrived_at) / 60)
                 FILTER (WHERE a.scheduled_for < now()
                          AND a.completed_at BETWEEN a.arrived_at AND a.arrived_at + interval '12 hours'), 1)
                                                                                        AS average_wait_minutes
      FROM appointment.appointment_view AS a, period AS p
     WHERE a.tenant_id = $1 AND a.clinic_id = $2 AND a.scheduled_for >= p.since AND a.scheduled_for < p.until
)
SELECT c.clinic_id, c.name, c.zone AS time_zone, p.*, now() AS now, j.*, a.*,
       round(a.no_shows::numeric / NULLIF(a.no_shows + a.completed, 0), 4)       AS no_show_rate,
       round(a.confirmed::numeric / NULLIF(a.appointments - a.cancelled, 0), 4)  AS confirmation_rate
  FROM clinic AS c
 CROSS JOIN period AS p
 CROSS JOIN appointments AS a
 CROSS JOIN LATERAL journey.count_journeys(c.clinic_id, p.since, c.score_min) AS j
"""


class Dashboard(BaseModel):
    """Counts of one clinic. The period behind is from ``since`` to ``now``, the one ahead from ``now`` to ``until``.

    ``patients`` interacted in the period behind, ``patients_ever`` have had a journey here. ``at_risk`` counts as
    /v1/journeys/at-risk lists; ``stages`` are those of the active journeys. ``upcoming`` are live appointments in the
    period ahead. The rest is of appointments that were to be in the period behind: ``no_show_rate`` of those completed
    or missed, ``confirmation_rate`` of those not cancelled; both 0 to 1, null where there are none.
    ``average_wait_minutes`` is from the patient's arrival until the visit was completed, the visit itself included:
    when it began is not recorded, and when it was to begin says nothing of that. It is of visits that were completed
    within 12 hours after the arrival (what somebody completes days later says nothing of a wait); null where there are
    none.
    """

    clinic_id: UUID
    name: str = Field(examples=["Clínica Goiabeiras"])
    time_zone: str
    since: datetime
    now: datetime
    until: datetime
    patients: int
    patients_ever: int
    active_journeys: int
    at_risk: int
    needs_follow_up: int
    has_escalation: int
    stages: dict[str, int] = Field(examples=[{"scheduled": 41, "attended": 12, "at_risk": 3}])
    upcoming: int
    appointments: int
    completed: int
    no_shows: int
    cancelled: int
    confirmed: int
    no_show_rate: float | None = Field(examples=[0.2015])
    confirmation_rate: float | None
    average_wait_minutes: float | None = Field(examples=[42.5])


@get(
    "/{clinic_id:uuid}/dashboard",
    summary="A clinic at a glance, for a day, a week or a month",
    description=(
        "Days are the clinic's own, today is in both periods: behind, from since to now; ahead, from now to until."
        " patients interacted in the period behind, patients_ever have had a journey here; stages are those of active"
        " journeys; upcoming are live appointments in the period ahead. Of the appointments of the period behind,"
        " no_show_rate is of those completed or missed, confirmation_rate of those not cancelled;"
        " average_wait_minutes is from arrival to completion, the visit itself included, of those completed"
        " within 12 hours; null where none are."
    ),
)
async def get_dashboard(
    clinic_id: UUID,
    reader: NamedDependency[Reader],
    period: Annotated[Period, Parameter(description="so long behind, and so long ahead")] = "day",
) -> Response[Dashboard]:
    if not reader.sees(clinic_id):
        raise NotFound
    async with reader.reading("journey", "appointment") as connection:
        row = await connection.fetchrow(DASHBOARD, reader.user.tenant_id, clinic_id, period, DEFAULT_RULES.score_high)
    if row is None:
        raise NotFound
    return Response(Dashboard.model_validate(dict(row)), headers=reader.headers)


handlers = [get_dashboard]
