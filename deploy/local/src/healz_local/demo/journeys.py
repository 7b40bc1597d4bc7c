"""Where the journeys stand, and who drifts away: asked of the journey read model, as PostgreSQL's administrator."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from command_api.http.queries.risk_words import in_words
from healz_local.demo.catch_up import Connection

# A row has no past: what began or went on after $2 does not say where it stood then.
UNTIL = "tenant_id = $1 AND started_at <= $2 AND last_interaction_at <= $2"
JUDGED_LATER = f"""
SELECT EXISTS (SELECT FROM journey.journey_view
                WHERE {UNTIL} AND (stage_changed_at > $2 OR last_risk_calculated_at > $2))
"""  # noqa: S608  # its own pieces
BY_STAGE = f"""
SELECT current_stage, count(*) FILTER (WHERE {UNTIL}) AS journeys, count(*) FILTER (WHERE NOT ({UNTIL})) AS later
  FROM journey.journey_view
 WHERE tenant_id = $1
 GROUP BY current_stage
"""  # noqa: S608  # its own pieces
# GET /v1/journeys/at-risk has the same columns and words, but counts its days up to now.
AT_RISK = f"""
SELECT patient_name, patient_phone, risk_score, risk_indicators, missed_appointments, cancelled_appointments,
       EXTRACT(day FROM $2::timestamptz - last_interaction_at)::int AS days_since_last_interaction,
       EXTRACT(day FROM $2::timestamptz - (
           SELECT max(a.scheduled_for::timestamptz)
             FROM journey.patient_clinic AS c CROSS JOIN jsonb_each_text(c.live_appointments) AS a (id, scheduled_for)
            WHERE c.tenant_id = v.tenant_id AND c.patient_id = v.patient_id AND c.clinic_id = v.clinic_id
              AND a.scheduled_for::timestamptz <= $2))::int AS days_open
  FROM journey.journey_view AS v
 WHERE {UNTIL} AND is_active AND current_stage = 'at_risk'
 ORDER BY risk_score DESC, last_interaction_at, journey_id
 LIMIT $3
"""  # noqa: S608  # its own pieces


@dataclass(frozen=True)
class Standing:
    """How many journeys there are in each stage; ``later`` ones, which began or went on afterwards, are not counted."""

    stages: Mapping[str, int]
    later: int


@dataclass(frozen=True)
class AtRisk:
    """A journey at risk; ``reasons`` in words, the worst first."""

    patient_name: str
    patient_phone: str
    score: Decimal
    reasons: tuple[str, ...]


async def looked_at(connection: Connection, tenant_id: UUID, as_of: datetime) -> datetime:
    """``as_of``, or now, where a later sweep (the scheduler's, say) has already judged journeys of that time."""
    return datetime.now(UTC) if await connection.fetchval(JUDGED_LATER, tenant_id, as_of) else as_of


async def standing(connection: Connection, tenant_id: UUID, at: datetime) -> Standing:
    """Of the journeys up to that time."""
    rows = await connection.fetch(BY_STAGE, tenant_id, at)
    stages = {row["current_stage"]: row["journeys"] for row in rows if row["journeys"]}
    return Standing(stages, sum(row["later"] for row in rows))


async def at_risk(connection: Connection, tenant_id: UUID, rows_max: int, at: datetime) -> list[AtRisk]:
    """The worst of them, in the order in which the API has them."""
    found = []
    for row in await connection.fetch(AT_RISK, tenant_id, at, rows_max):
        indicators = sorted(json.loads(row["risk_indicators"]), key=lambda indicator: -indicator["value"])
        reasons = tuple(in_words(indicator, dict(row)) for indicator in indicators)
        found.append(AtRisk(row["patient_name"], row["patient_phone"], row["risk_score"], reasons))
    return found
