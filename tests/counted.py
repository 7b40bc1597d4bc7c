"""The read models against plain counts over the log: SQL that knows nothing of ``evolve``."""

from system import Database

# What became of each appointment: what was said last of it. ``said``: where it was said first, corrections apart.
ENDED = """
    SELECT tenant_id, patient_id, clinic_id, aggregate_id,
           max(position) FILTER (WHERE event_type <> 'AppointmentOutcomeCorrected')               AS said,
           (array_agg(COALESCE(event_data ->> 'right_status',
                               CASE event_type WHEN 'AppointmentCompleted' THEN 'completed'
                                               WHEN 'AppointmentCancelled' THEN 'cancelled' ELSE 'no_show' END)
                      ORDER BY position DESC))[1]                                                  AS status,
           (array_agg(COALESCE(event_data ->> 'right_since', event_data ->> 'completed_at',
                               event_data ->> 'cancelled_at', event_data ->> 'marked_at')::timestamptz
                      ORDER BY position DESC))[1]                                                  AS at,
           (array_agg(event_data ->> 'on_whose_account' IS DISTINCT FROM 'clinic' ORDER BY position DESC))[1]
                                                                                                   AS counts,
           (array_agg(event_data ->> 'cancelled_by' IS DISTINCT FROM 'system' ORDER BY position DESC))[1] AS spoke
      FROM event_store.events
     WHERE event_type IN ('AppointmentCompleted', 'AppointmentCancelled', 'AppointmentMarkedAsNoShow',
                          'AppointmentOutcomeCorrected')
     GROUP BY tenant_id, patient_id, clinic_id, aggregate_id
"""
COUNTS = """
    count(*) FILTER (WHERE status = 'completed')                                    AS completed,
    count(*) FILTER (WHERE status = 'cancelled' AND counts)                         AS cancelled,
    count(*) FILTER (WHERE status = 'no_show')                                      AS missed,
    max(at) FILTER (WHERE status = 'completed')                                     AS visit,
    max(at) FILTER (WHERE status = 'completed' OR status = 'cancelled' AND spoke)   AS ended_at
"""
# What each journey came to, by its own events alone. ``ended`` is its end, where it has not been taken back, ``over``
# its last end.
COURSE = """
    SELECT tenant_id, patient_id, clinic_id, aggregate_id AS journey_id, max(aggregate_version) AS version,
           min(position)                                                                              AS first,
           CASE WHEN (array_agg(stage ORDER BY position DESC) FILTER (WHERE stage IS NOT NULL))[1]
                     IN ('abandoned', 'completed', 'cancelled')
                THEN min(position) FILTER (WHERE stage IN ('abandoned', 'completed', 'cancelled')
                                             AND position > reopened) END                             AS ended,
           max(position) FILTER (WHERE stage IN ('abandoned', 'completed', 'cancelled'))              AS over,
           max(position) FILTER (WHERE event_type = 'JourneyRecovered')                               AS recovered,
           max(position) FILTER (WHERE event_type = 'RiskEscalated')                                  AS escalated,
           (array_agg((event_data ->> 'escalated_at')::timestamptz ORDER BY position DESC)
            FILTER (WHERE event_type = 'RiskEscalated'))[1]                                           AS escalated_at,
           (array_agg(stage ORDER BY position DESC) FILTER (WHERE stage IS NOT NULL))[1]              AS stage,
           (array_agg(stage ORDER BY position DESC) FILTER (WHERE stage IS NOT NULL))[2]              AS stage_before,
           (array_agg(moved_at ORDER BY position DESC) FILTER (WHERE stage IS NOT NULL))[1]           AS moved_at,
           min((event_data ->> 'started_at')::timestamptz)                                            AS started_at,
           max((event_data ->> 'completed_at')::timestamptz)                                          AS completed_at,
           COALESCE((array_agg(event_data ORDER BY position DESC)
                     FILTER (WHERE event_type = 'RiskScoreRecalculated'))[1],
                    '{"new_score": 0, "risk_level": "low", "contributing_factors": []}')              AS judged
      FROM (SELECT *,
                   CASE event_type WHEN 'JourneyStarted'   THEN 'initiated' WHEN 'JourneyRecovered' THEN 'recovered'
                                   WHEN 'JourneyAbandoned' THEN 'abandoned' WHEN 'JourneyCompleted' THEN 'completed'
                                   ELSE event_data ->> 'new_stage' END AS stage,
                   COALESCE(event_data ->> 'started_at', event_data ->> 'changed_at', event_data ->> 'recovered_at',
                            event_data ->> 'abandoned_at', event_data ->> 'completed_at')::timestamptz AS moved_at
              FROM (SELECT *, COALESCE(max(position) FILTER (WHERE event_data ->> 'previous_stage' = 'abandoned')
                                       OVER (PARTITION BY tenant_id, aggregate_id), 0) AS reopened
                      FROM event_store.events WHERE aggregate_type = 'PatientJourney') AS told) AS own
     GROUP BY tenant_id, patient_id, clinic_id, aggregate_id
"""
# From where to where each journey was in one stage; the first counts the fact that started it, which caused it.
SPANS = """
    SELECT e.tenant_id, e.patient_id, e.clinic_id, e.aggregate_id AS journey_id,
           CASE WHEN e.event_type = 'JourneyStarted' AND e.event_data ->> 'initiated_by' <> 'manual'
                THEN COALESCE(c.position, e.position - 1) ELSE e.position END AS since,
           lead(e.position) OVER (PARTITION BY e.tenant_id, e.aggregate_id ORDER BY e.position) AS until,
           CASE WHEN e.event_type IN ('JourneyAbandoned', 'JourneyCompleted') THEN false
                ELSE COALESCE(e.event_data ->> 'new_stage', '') <> 'cancelled' END AS active
      FROM event_store.events AS e
      LEFT JOIN event_store.events AS c ON c.tenant_id = e.tenant_id AND c.event_id = e.causation_id
     WHERE e.event_type IN ('JourneyStarted', 'JourneyStageChanged', 'JourneyRecovered', 'JourneyAbandoned',
                            'JourneyCompleted')
"""
IN_SPAN = """
       AND {position} >= s.since AND {position} < COALESCE(s.until, {position} + 1)
"""
# When the patient last gave a sign of life, of the events in hand; what became of appointments apart.
INTERACTED_AT = """
    max((SELECT value FROM jsonb_each_text(e.event_data) WHERE key = 'timestamp' OR right(key, 3) = '_at')::timestamptz)
    FILTER (WHERE (e.aggregate_type = 'Appointment' AND e.event_type NOT IN (
                       'AppointmentMarkedAsNoShow', 'AppointmentCompleted', 'AppointmentCancelled',
                       'AppointmentOutcomeCorrected', 'AppointmentChanged')
                   AND e.event_type NOT LIKE 'AppointmentReminder%'
                   OR e.event_type IN ('PatientRegistered', 'MessageReceived', 'JourneyStarted', 'JourneyRecovered'))
              AND NOT EXISTS (SELECT FROM jsonb_each_text(e.event_data)
                               WHERE right(key, 3) = '_by' AND value = 'system'))
"""

# Each gives the rows whose counters or states are not what the events say.
WRONG = {
    "patient": f"""
        WITH course AS ({COURSE}), shown AS (
            SELECT DISTINCT ON (tenant_id, patient_id) tenant_id, patient_id, stage,
                   (judged ->> 'new_score')::numeric AS score
              FROM course
             ORDER BY tenant_id, patient_id, ended IS NULL DESC, CASE WHEN ended IS NOT NULL THEN moved_at END DESC,
                      (judged ->> 'new_score')::numeric DESC, started_at DESC, journey_id DESC
        ), ends AS (
            SELECT tenant_id, patient_id, {COUNTS} FROM ({ENDED}) AS ended GROUP BY tenant_id, patient_id
        ), told AS (
            SELECT tenant_id, patient_id,
                   count(*) FILTER (WHERE event_type = 'AppointmentScheduled')        AS total,
                   1 + count(*) FILTER (WHERE event_type = 'MessageReceived')         AS interactions,
                   max(aggregate_version) FILTER (WHERE aggregate_type = 'Patient')   AS version,
                   CASE WHEN bool_or(event_type = 'PatientAnonymized') THEN 'inactive'
                        ELSE COALESCE((array_agg(event_data ->> 'new_status' ORDER BY position DESC)
                                       FILTER (WHERE event_type = 'PatientStatusChanged'))[1], 'active') END AS status,
                   {INTERACTED_AT} AS others_at
              FROM event_store.events AS e GROUP BY tenant_id, patient_id
        ), counted AS (
            SELECT t.*, COALESCE(n.completed, 0) AS completed, COALESCE(n.cancelled, 0) AS cancelled,
                   COALESCE(n.missed, 0) AS missed, n.visit, GREATEST(t.others_at, n.ended_at) AS interacted_at
              FROM told AS t LEFT JOIN ends AS n USING (tenant_id, patient_id))
        SELECT c.*, s.*, v.*
          FROM counted AS c LEFT JOIN shown AS s USING (tenant_id, patient_id)
          FULL JOIN (SELECT * FROM patient.patient_view WHERE merged_into IS NULL) AS v USING (tenant_id, patient_id)
         WHERE (c.total, c.completed, c.cancelled, c.missed, c.interactions, c.version, c.visit, c.status,
                c.interacted_at, s.stage, COALESCE(s.score, 0))
               IS DISTINCT FROM
               (v.total_appointments::bigint, v.completed_appointments::bigint, v.cancelled_appointments::bigint,
                v.no_show_count::bigint, v.interaction_count::bigint, v.version, v.last_appointment_at, v.status,
                v.last_interaction_at, v.current_journey_stage, v.risk_score)
    """,
    "appointment": """
        WITH facts AS (
            SELECT *, count(*) FILTER (WHERE event_type = 'AppointmentRescheduled')
                      OVER (PARTITION BY tenant_id, aggregate_id ORDER BY position) AS moved,
                   CASE event_type WHEN 'AppointmentScheduled'      THEN 'scheduled'
                                   WHEN 'AppointmentRescheduled'    THEN 'scheduled'
                                   WHEN 'AppointmentConfirmed'      THEN 'confirmed'
                                   WHEN 'AppointmentCancelled'      THEN 'cancelled'
                                   WHEN 'AppointmentCompleted'      THEN 'completed'
                                   WHEN 'AppointmentMarkedAsNoShow' THEN 'no_show'
                                   WHEN 'AppointmentOutcomeCorrected' THEN event_data ->> 'right_status' END AS status
              FROM event_store.events WHERE aggregate_type = 'Appointment'
        ), counted AS (
            SELECT tenant_id, aggregate_id AS appointment_id, max(aggregate_version) AS version, max(moved) AS moved,
                   (array_agg(COALESCE(event_data ->> 'new_scheduled_for', event_data ->> 'scheduled_for')::timestamptz
                              ORDER BY position DESC)
                    FILTER (WHERE event_type IN ('AppointmentScheduled', 'AppointmentRescheduled')))[1]
                       AS scheduled_for,
                   (array_agg(status ORDER BY position DESC) FILTER (WHERE status IS NOT NULL))[1] AS status
              FROM facts GROUP BY tenant_id, aggregate_id
        ), confirmed AS (
            SELECT tenant_id, aggregate_id AS appointment_id,
                   count(*) FILTER (WHERE event_type = 'AppointmentConfirmed' AND moved = newest) AS confirmations
              FROM (SELECT *, max(moved) OVER (PARTITION BY tenant_id, aggregate_id) AS newest FROM facts) AS f
             GROUP BY tenant_id, aggregate_id)
        SELECT c.*, v.*
          FROM counted AS c JOIN confirmed USING (tenant_id, appointment_id)
          FULL JOIN appointment.appointment_view AS v USING (tenant_id, appointment_id)
         WHERE (c.version, c.moved, c.scheduled_for, c.status, confirmations)
               IS DISTINCT FROM
               (v.version, v.rescheduled_count::bigint, v.scheduled_for, v.status, v.confirmation_count::bigint)
    """,
    "journey": f"""
        WITH course AS ({COURSE}), waiting AS (
            SELECT tenant_id, patient_id, clinic_id, position
              FROM (SELECT DISTINCT ON (tenant_id, aggregate_id) tenant_id, patient_id, clinic_id, event_type, position
                      FROM event_store.events
                     WHERE event_type IN ('ConversationEscalated', 'EscalationResolved', 'ConversationClosed')
                     ORDER BY tenant_id, aggregate_id, position DESC) AS newest
             WHERE event_type = 'ConversationEscalated'
        ), spans AS ({SPANS}), ends AS (
            SELECT s.tenant_id, s.journey_id, {COUNTS}
              FROM spans AS s JOIN ({ENDED}) AS ended USING (tenant_id, patient_id, clinic_id)
             WHERE s.active {IN_SPAN.format(position="ended.said")}
             GROUP BY s.tenant_id, s.journey_id
        ), told AS (
            SELECT c.tenant_id, c.journey_id,
                   count(*) FILTER (WHERE e.event_type = 'MessageReceived')           AS said,
                   count(*) FILTER (WHERE e.event_type = 'AppointmentScheduled')      AS total,
                   max(e.position) FILTER (WHERE e.event_type = 'AppointmentCompleted'
                                             AND (e.event_data ->> 'completed_at')::timestamptz >= c.escalated_at)
                                                                                      AS visited,
                   count(*) FILTER (WHERE e.event_type = 'CallMade')                  AS calls,
                   max((e.event_data ->> 'called_at')::timestamptz)                   AS called_at,
                   {INTERACTED_AT}                                                    AS others_at
              FROM course AS c
              JOIN spans AS s USING (tenant_id, journey_id)
              JOIN event_store.events AS e
                ON e.tenant_id = c.tenant_id AND e.patient_id = c.patient_id AND e.clinic_id = c.clinic_id
             WHERE s.active {IN_SPAN.format(position="e.position")}
             GROUP BY c.tenant_id, c.journey_id
        ), calmed AS (
            SELECT tenant_id, (event_data -> 'in_journey' ->> 'journey_id')::uuid AS journey_id, max(position) AS calmed
              FROM event_store.events
             WHERE (event_data -> 'in_journey' ->> 'calms')::boolean
             GROUP BY 1, 2
        ), facts AS (
            SELECT t.*, COALESCE(n.cancelled, 0) AS cancelled, COALESCE(n.missed, 0) AS missed, n.visit AS visited_at,
                   GREATEST(t.others_at, n.ended_at) AS interacted_at, m.calmed
              FROM told AS t LEFT JOIN ends AS n USING (tenant_id, journey_id)
              LEFT JOIN calmed AS m USING (tenant_id, journey_id)
        ), followed AS (
            SELECT DISTINCT tenant_id, (event_data -> 'in_journey' ->> 'journey_id')::uuid AS journey_id
              FROM event_store.events
             WHERE event_type = 'AppointmentOutcomeCorrected'
               AND event_data -> 'in_journey' ->> 'last_interaction_at' IS NULL
        ), counted AS (
            SELECT *,
                   c.ended IS NULL AND c.escalated > GREATEST(c.recovered, f.visited, f.calmed, c.over, 0)
                       AS risk_waits,
                   EXISTS (SELECT FROM waiting AS w
                            WHERE w.tenant_id = c.tenant_id AND w.patient_id = c.patient_id
                              AND w.clinic_id = c.clinic_id AND w.position < COALESCE(c.ended, w.position + 1))
                       AS conversation_waits
              FROM course AS c JOIN facts AS f USING (tenant_id, journey_id))
        SELECT c.*, v.*
          FROM counted AS c FULL JOIN journey.journey_view AS v USING (tenant_id, journey_id)
          LEFT JOIN followed AS b USING (tenant_id, journey_id)
         WHERE (c.total, c.cancelled, c.missed, c.said, c.version, c.visited_at,
                -- Of a journey that another has followed it stays, whatever is corrected (docs/journey.md).
                CASE WHEN b.journey_id IS NULL THEN c.interacted_at ELSE v.last_interaction_at END,
                c.calls, c.called_at)
               IS DISTINCT FROM
               (v.total_appointments::bigint, v.cancelled_appointments::bigint, v.missed_appointments::bigint,
                v.total_interactions::bigint, v.version, v.last_appointment_at, v.last_interaction_at, v.calls::bigint,
                v.last_called_at)
            OR (c.stage, c.stage_before, c.moved_at, c.ended IS NULL, c.started_at, c.completed_at,
                c.stage IN ('no_show', 'at_risk', 'follow_up'))
               IS DISTINCT FROM
               (v.current_stage, v.previous_stage, v.stage_changed_at, v.is_active, v.started_at, v.completed_at,
                v.needs_follow_up)
            OR ((c.judged ->> 'new_score')::numeric, c.judged ->> 'risk_level', c.judged -> 'contributing_factors',
                (c.judged ->> 'recalculated_at')::timestamptz)
               IS DISTINCT FROM (v.risk_score, v.risk_level, v.risk_indicators, v.last_risk_calculated_at)
            OR (COALESCE(c.risk_waits, false) OR c.conversation_waits, CASE WHEN c.risk_waits THEN c.escalated_at END)
               IS DISTINCT FROM (v.has_escalation, v.escalated_at)
    """,
}
CONVERSATIONS_WRONG = """
    WITH counted AS (
        SELECT tenant_id, aggregate_id AS conversation_id, patient_id, clinic_id, max(aggregate_version) AS version,
               bool_or(event_type = 'ConversationClosed') AS closed,
               count(*) FILTER (WHERE event_type = 'MessageReceived') AS received,
               count(*) FILTER (WHERE event_type = 'MessageSent') AS sent,
               (array_agg(event_data ->> 'agent_id' ORDER BY position DESC)
                FILTER (WHERE event_type = 'AgentAssigned'))[1] AS agent,
               max(COALESCE(event_data ->> 'timestamp', event_data ->> 'started_at')::timestamptz) AS newest
          FROM event_store.events WHERE aggregate_type = 'Conversation'
         GROUP BY tenant_id, aggregate_id, patient_id, clinic_id)
    SELECT c.*, v.*
      FROM counted AS c FULL JOIN journey.conversation AS v USING (tenant_id, conversation_id)
     WHERE (c.patient_id, c.clinic_id, c.closed, c.newest, c.version, c.received, c.sent, c.agent::uuid)
           IS DISTINCT FROM
           (v.patient_id, v.clinic_id, v.status = 'closed', v.last_message_at, v.version, v.messages_received::bigint,
            v.messages_sent::bigint, v.agent_id)
        OR v.waiting_since IS DISTINCT FROM LEAST(v.unanswered_since, v.escalated_at)
"""
# What each message says now, of the log's own words. Of those whose id came once: random walks say one again.
MESSAGES_WRONG = """
    WITH forgotten AS (
        SELECT tenant_id, patient_id FROM event_store.events WHERE event_type = 'PatientAnonymized'
    ), said AS (
        SELECT e.*, (event_data ->> 'message_id')::uuid AS message_id, f.patient_id IS NOT NULL AS is_forgotten,
               count(*) OVER (PARTITION BY tenant_id, aggregate_id, event_data ->> 'message_id') AS times
          FROM event_store.events AS e LEFT JOIN forgotten AS f USING (tenant_id, patient_id)
         WHERE event_type IN ('MessageReceived', 'MessageSent')
    ), told AS (
        SELECT tenant_id, aggregate_id, (event_data ->> 'message_id')::uuid AS message_id,
               (array_agg(event_data ->> 'status' ORDER BY position DESC)
                FILTER (WHERE event_type = 'MessageStatusChanged'))[1] AS status,
               bool_or(event_type = 'MessageDeleted') AS gone,
               (array_agg(event_data ->> 'content' ORDER BY position DESC)
                FILTER (WHERE event_type = 'MessageEdited'))[1] AS edited
          FROM event_store.events
         WHERE event_type IN ('MessageStatusChanged', 'MessageEdited', 'MessageDeleted')
         GROUP BY 1, 2, 3
    )
    SELECT s.message_id, m.message_id, s.event_data
      FROM said AS s
      LEFT JOIN told AS t USING (tenant_id, aggregate_id, message_id)
      FULL JOIN journey.message AS m
        ON m.tenant_id = s.tenant_id AND m.conversation_id = s.aggregate_id AND m.message_id = s.message_id
      LEFT JOIN journey.message_status AS u
        ON u.tenant_id = m.tenant_id AND u.conversation_id = m.conversation_id AND u.message_id = m.message_id
      LEFT JOIN journey.message_change AS c
        ON c.tenant_id = m.tenant_id AND c.conversation_id = m.conversation_id AND c.message_id = m.message_id
     WHERE COALESCE(s.times, 1) = 1
       AND ((s.event_data ->> 'timestamp')::timestamptz, COALESCE(s.event_data ->> 'media_type', 'text'), t.status,
            COALESCE(t.gone, false), CASE WHEN NOT s.is_forgotten THEN s.event_data ->> 'content' END,
            CASE WHEN NOT s.is_forgotten AND NOT t.gone THEN t.edited END)
           IS DISTINCT FROM
           (m.said_at, m.media_type, u.status, COALESCE(c.is_deleted, false), m.content, c.content)
"""


# What a record says that was merged into another is told again there, and counted there alone.
OF_RECORDS_THAT_GO_ON = """(
    SELECT told.* FROM event_store.events AS told
     WHERE NOT EXISTS (SELECT FROM event_store.events AS over
                        WHERE over.tenant_id = told.tenant_id AND over.patient_id = told.patient_id
                          AND over.event_type = 'PatientMerged'))"""


async def read_models_agree_with_counts(database: Database, *schemas: str) -> None:
    """Counters, versions and states are what counting the events gives."""
    for schema in schemas or WRONG:
        for query in (WRONG[schema], *((CONVERSATIONS_WRONG, MESSAGES_WRONG) if schema == "journey" else ())):
            found = await database.admin.fetch(query.replace("event_store.events", OF_RECORDS_THAT_GO_ON))
            assert not found, f"{schema}: {len(found)} rows are wrong, the first is {dict(found[0])}"
