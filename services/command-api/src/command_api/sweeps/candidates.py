"""Which sweeps there are, and the one query per tenant by which each finds its candidates in the read model.

A candidate is a guess: the read model may be behind, and the query leaves out what only the log tells. The command
decides again. So a query may find too many, but what was done must leave it, or every run does all the work again.

$1 is the tenant, $2 as of when, $3 the local hour to which clinics are narrowed (NULL: none); then the sweep's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from command_api.decide.command import Command
from command_api.decide.conversation.commands import CloseSilentConversation
from command_api.decide.journey.commands import EndSilentJourney, RecalculateSilence
from command_api.decide.journey.risk import SPEAKS
from command_api.decide.journey.rules import JourneyRules

LOCAL_HOUR = """
   AND ($3::integer IS NULL OR $3 = (
        SELECT extract(hour FROM $2::timestamptz AT TIME ZONE reference.clinic_zone(c.time_zone, t.time_zone))
          FROM (VALUES (1)) AS only_row
          LEFT JOIN reference.clinics AS c ON c.tenant_id = $1 AND c.clinic_id = {of}.clinic_id
          LEFT JOIN reference.tenants AS t ON t.tenant_id = $1))
"""
# The last condition: today's value is there already. So an hourly run decides on each journey once a day, and never
# again on one that has been silent for long enough.
SILENCE = f"""
SELECT j.journey_id AS target, j.patient_id, j.clinic_id
  FROM journey.journey_view AS j
 CROSS JOIN LATERAL (SELECT floor(extract(epoch FROM $2::timestamptz - j.last_interaction_at) / 86400)) AS s (days)
 WHERE j.tenant_id = $1 AND j.is_active
   AND j.current_stage = ANY ($4::text[])
   AND j.last_interaction_at <= $5::timestamptz
   AND (j.current_stage <> 'follow_up' OR j.last_appointment_at <= $6::timestamptz)
   AND (j.next_appointment_at IS NULL OR j.next_appointment_at <= $7::timestamptz)
   AND NOT j.risk_indicators @> jsonb_build_array(jsonb_build_object(
           'type',     'silence',
           'value',    least(round(s.days / $8::integer, 2), 1),
           'severity', CASE WHEN s.days >= $9::integer THEN 'high' ELSE 'medium' END))
{LOCAL_HOUR.format(of="j")}"""  # noqa: S608  # its own pieces
ABANDONMENT = f"""
SELECT j.journey_id AS target, j.patient_id, j.clinic_id
  FROM journey.journey_view AS j
 WHERE j.tenant_id = $1 AND j.is_active
   AND j.current_stage = 'at_risk'
   AND j.last_interaction_at <= $4::timestamptz
   AND j.stage_changed_at <= $5::timestamptz
   AND (j.next_appointment_at IS NULL OR j.next_appointment_at <= $7::timestamptz)
{LOCAL_HOUR.format(of="j")}
UNION ALL
SELECT j.journey_id, j.patient_id, j.clinic_id
  FROM journey.journey_view AS j
 WHERE j.tenant_id = $1 AND j.is_active
   AND j.current_stage IN ('attended', 'returned')
   AND j.last_interaction_at <= $6::timestamptz
   AND (j.next_appointment_at IS NULL OR j.next_appointment_at <= $7::timestamptz)
{LOCAL_HOUR.format(of="j")}"""  # noqa: S608  # its own pieces
# Silence begins to count on the very day, and moves most of these to at_risk before nine o'clock: so there too. What
# was reminded stays here for the few days until the visit is too long ago.
FOLLOW_UP = f"""
SELECT j.journey_id AS target, j.patient_id, j.clinic_id
  FROM journey.journey_view AS j
 WHERE j.tenant_id = $1 AND j.is_active
   AND j.current_stage IN ('follow_up', 'at_risk')
   AND j.last_appointment_at BETWEEN $4::timestamptz AND $5::timestamptz
{LOCAL_HOUR.format(of="j")}"""  # noqa: S608  # its own pieces
CONVERSATIONS = f"""
SELECT k.conversation_id AS target, k.patient_id, k.clinic_id
  FROM journey.conversation AS k
 WHERE k.tenant_id = $1 AND k.status <> 'closed' AND k.status <> 'escalated'
   AND k.last_message_at <= $4::timestamptz
{LOCAL_HOUR.format(of="k")}"""  # noqa: S608  # its own pieces


@dataclass(frozen=True)
class Candidate:
    """What a command is to be about: a journey, or a conversation."""

    tenant_id: UUID
    target: UUID
    patient_id: UUID
    clinic_id: UUID

    @property
    def ids(self) -> dict[str, UUID]:
        """For the log."""
        return vars(self)


Numbers = Callable[[datetime, JourneyRules, timedelta], list[Any]]
"""As of when, the tenant's rules, and how late a follow-up may be → the parameters from $4 on."""


@dataclass(frozen=True)
class Sweep:
    """``command`` None: more than one command (follow_up.py)."""

    name: str
    does: str
    query: str
    numbers: Numbers
    command: type[Command] | None


def _days(days: int) -> timedelta:
    return timedelta(days=days)


def _silence(at: datetime, rules: JourneyRules, _: timedelta) -> list[Any]:
    return [
        [*sorted(SPEAKS), "follow_up"],
        at - _days(rules.silence_days_min),
        at - _days(rules.follow_up_days),
        at - timedelta(hours=rules.live_hours),
        rules.silence_days_full,
        rules.silence_days_high,
    ]


def _abandonment(at: datetime, rules: JourneyRules, _: timedelta) -> list[Any]:
    return [
        at - _days(rules.abandonment_silence_days),
        at - _days(rules.abandonment_at_risk_days),
        at - _days(rules.completion_silence_days),
        at - timedelta(hours=rules.live_hours),
    ]


def _follow_up(at: datetime, rules: JourneyRules, late: timedelta) -> list[Any]:
    return [at - _days(rules.follow_up_days) - late, at - _days(rules.follow_up_days)]


def _conversations(at: datetime, rules: JourneyRules, _: timedelta) -> list[Any]:
    return [at - _days(rules.conversation_silence_days)]


SWEEPS: Mapping[str, Sweep] = {
    sweep.name: sweep
    for sweep in (
        Sweep("silence", "weighs anew how long patients have been silent", SILENCE, _silence, RecalculateSilence),
        Sweep("abandonment", "ends journeys that fell silent for good", ABANDONMENT, _abandonment, EndSilentJourney),
        Sweep("follow-up", "reminds of visits that asked for another", FOLLOW_UP, _follow_up, None),
        Sweep("conversations", "closes those that fell silent", CONVERSATIONS, _conversations, CloseSilentConversation),
    )
}
