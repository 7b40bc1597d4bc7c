"""Where the journeys stand, and who drifts away: asked of the journey read model, as PostgreSQL's administrator."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from command_api.queries.risk_words import in_words
from healz_local.demo.catch_up import Connection

BY_STAGE = "SELECT current_stage, count(*) AS journeys FROM journey.journey_view WHERE tenant_id = $1 GROUP BY 1"
# No-shows and cancellations are counted since the last visit, and silence is measured as of the time looked back from:
# GET /v1/journeys/at-risk, which a clinic asks, counts its days up to now.
AT_RISK = """
SELECT j.patient_name, j.patient_phone, j.risk_score, j.risk_indicators,
       since_visit.no_shows AS missed_appointments, since_visit.cancellations AS cancelled_appointments,
       EXTRACT(day FROM GREATEST($3, j.last_risk_calculated_at) - j.last_interaction_at)::int
           AS days_since_last_interaction
  FROM journey.journey_view AS j
  CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE event_type = 'AppointmentMarkedAsNoShow') AS no_shows,
             count(*) FILTER (WHERE event_type = 'AppointmentCancelled')      AS cancellations
        FROM (SELECT event_type, position,
                     max(position) FILTER (WHERE event_type = 'AppointmentCompleted') OVER () AS visit
                FROM event_store.events AS e
               WHERE e.tenant_id = j.tenant_id AND e.patient_id = j.patient_id AND e.clinic_id = j.clinic_id) AS facts
       WHERE position > COALESCE(visit, 0)) AS since_visit
 WHERE j.tenant_id = $1 AND j.is_active AND j.current_stage = 'at_risk'
 ORDER BY j.risk_score DESC, since_visit.no_shows DESC, j.last_interaction_at, j.journey_id
 LIMIT $2
"""


@dataclass(frozen=True)
class AtRisk:
    """A journey at risk; ``reasons`` in words, the worst first."""

    patient_name: str
    patient_phone: str
    score: Decimal
    reasons: tuple[str, ...]


async def by_stage(connection: Connection, tenant_id: UUID) -> Mapping[str, int]:
    """How many journeys there are in each stage."""
    return {row["current_stage"]: row["journeys"] for row in await connection.fetch(BY_STAGE, tenant_id)}


async def at_risk(connection: Connection, tenant_id: UUID, rows_max: int, as_of: datetime) -> list[AtRisk]:
    """The worst of them, as of that time."""
    found = []
    for row in await connection.fetch(AT_RISK, tenant_id, rows_max, as_of):
        indicators = sorted(json.loads(row["risk_indicators"]), key=lambda one: -one["value"])
        reasons = tuple(in_words(one, dict(row)) for one in indicators)
        found.append(AtRisk(row["patient_name"], row["patient_phone"], row["risk_score"], reasons))
    return found
