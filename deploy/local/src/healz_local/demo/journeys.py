"""Where the journeys stand, and who drifts away: asked of the journey read model, as PostgreSQL's administrator."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from healz_local.demo.catch_up import Connection
from healz_local.demo.why import Sign

BY_STAGE = "SELECT current_stage, count(*) AS journeys FROM journey.journey_view WHERE tenant_id = $1 GROUP BY 1"
# What a sign was seen by is counted since the last visit, as the rules do.
AT_RISK = """
SELECT j.patient_name, j.patient_phone, j.risk_score, j.risk_indicators, since_visit.no_shows,
       since_visit.cancellations, GREATEST($3, j.last_risk_calculated_at) - j.last_interaction_at AS silent
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
    """A journey at risk, and what its score was made of, the worst sign first."""

    patient_name: str
    patient_phone: str
    score: Decimal
    signs: tuple[Sign, ...]


async def by_stage(connection: Connection, tenant_id: UUID) -> Mapping[str, int]:
    """How many journeys there are in each stage."""
    return {row["current_stage"]: row["journeys"] for row in await connection.fetch(BY_STAGE, tenant_id)}


async def at_risk(connection: Connection, tenant_id: UUID, rows_max: int, as_of: datetime) -> list[AtRisk]:
    """The worst of them, as of that time."""
    found = []
    for row in await connection.fetch(AT_RISK, tenant_id, rows_max, as_of):
        seen_by = {"no_show": row["no_shows"], "cancellation": row["cancellations"], "silence": row["silent"].days}
        indicators = sorted(json.loads(row["risk_indicators"]), key=lambda one: -one["value"])
        signs = tuple(Sign(one["type"], seen_by.get(one["type"], 0)) for one in indicators)
        found.append(AtRisk(row["patient_name"], row["patient_phone"], row["risk_score"], signs))
    return found
