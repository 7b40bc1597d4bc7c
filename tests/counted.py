"""The read models against plain counts over the log: SQL that knows nothing of ``evolve``."""

from system import Database

# Each gives the rows whose counters or states are not what the events say.
WRONG = {
    "patient": """
        WITH counted AS (
            SELECT tenant_id, patient_id,
                   count(*) FILTER (WHERE event_type = 'AppointmentScheduled')        AS total,
                   count(*) FILTER (WHERE event_type = 'AppointmentCompleted')        AS completed,
                   count(*) FILTER (WHERE event_type = 'AppointmentCancelled')        AS cancelled,
                   count(*) FILTER (WHERE event_type = 'AppointmentMarkedAsNoShow')   AS missed,
                   1 + count(*) FILTER (WHERE event_type = 'MessageReceived')         AS interactions,
                   max(aggregate_version) FILTER (WHERE aggregate_type = 'Patient')   AS version,
                   max((event_data ->> 'completed_at')::timestamptz)
                   FILTER (WHERE event_type = 'AppointmentCompleted')                 AS visit,
                   CASE WHEN bool_or(event_type = 'PatientAnonymized') THEN 'inactive'
                        ELSE COALESCE((array_agg(event_data ->> 'new_status' ORDER BY position DESC)
                                       FILTER (WHERE event_type = 'PatientStatusChanged'))[1], 'active') END AS status
              FROM event_store.events GROUP BY tenant_id, patient_id)
        SELECT c.*, v.*
          FROM counted AS c FULL JOIN patient.patient_view AS v USING (tenant_id, patient_id)
         WHERE (c.total, c.completed, c.cancelled, c.missed, c.interactions, c.version, c.visit, c.status)
               IS DISTINCT FROM
               (v.total_appointments::bigint, v.completed_appointments::bigint, v.cancelled_appointments::bigint,
                v.no_show_count::bigint, v.interaction_count::bigint, v.version, v.last_appointment_at, v.status)
    """,
    "appointment": """
        WITH facts AS (
            SELECT *, count(*) FILTER (WHERE event_type = 'AppointmentRescheduled')
                      OVER (PARTITION BY tenant_id, aggregate_id ORDER BY position) AS moved
              FROM event_store.events WHERE aggregate_type = 'Appointment'
        ), counted AS (
            SELECT tenant_id, aggregate_id AS appointment_id, max(aggregate_version) AS version, max(moved) AS moved,
                   (array_agg(COALESCE(event_data ->> 'new_scheduled_for', event_data ->> 'scheduled_for')::timestamptz
                              ORDER BY position DESC)
                    FILTER (WHERE event_type IN ('AppointmentScheduled', 'AppointmentRescheduled')))[1]
                       AS scheduled_for,
                   (array_agg(CASE event_type WHEN 'AppointmentScheduled'      THEN 'scheduled'
                                              WHEN 'AppointmentRescheduled'    THEN 'scheduled'
                                              WHEN 'AppointmentConfirmed'      THEN 'confirmed'
                                              WHEN 'AppointmentCancelled'      THEN 'cancelled'
                                              WHEN 'AppointmentCompleted'      THEN 'completed'
                                              WHEN 'AppointmentMarkedAsNoShow' THEN 'no_show' END
                              ORDER BY position DESC)
                    FILTER (WHERE event_type NOT LIKE 'AppointmentReminder%'))[1] AS status
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
    "journey": """
        WITH begun AS (
            SELECT tenant_id, patient_id, clinic_id, aggregate_id AS journey_id, position - 1 AS first,
                   COALESCE(lead(position - 1) OVER (PARTITION BY tenant_id, patient_id, clinic_id ORDER BY position),
                            9223372036854775807) AS until
              FROM event_store.events WHERE event_type = 'JourneyStarted'
        ), ended AS (
            SELECT tenant_id, aggregate_id AS journey_id, max(position) AS last
              FROM event_store.events
             WHERE event_type = 'JourneyStageChanged'
               AND event_data ->> 'new_stage' IN ('cancelled', 'completed', 'abandoned')
             GROUP BY tenant_id, aggregate_id
        ), waiting AS (
            SELECT tenant_id, patient_id, clinic_id
              FROM (SELECT DISTINCT ON (tenant_id, aggregate_id) tenant_id, patient_id, clinic_id, event_type
                      FROM event_store.events
                     WHERE event_type IN ('ConversationEscalated', 'EscalationResolved', 'ConversationClosed')
                     ORDER BY tenant_id, aggregate_id, position DESC) AS newest
             WHERE event_type = 'ConversationEscalated'
        ), counted AS (
            SELECT b.tenant_id, b.journey_id,
                   count(*) FILTER (WHERE e.event_type = 'MessageReceived'
                                      AND e.position < COALESCE(n.last, e.position + 1)) AS said,
                   n.last IS NULL AND EXISTS (
                       SELECT FROM waiting AS w
                        WHERE w.tenant_id = b.tenant_id AND w.patient_id = b.patient_id AND w.clinic_id = b.clinic_id)
                       AS escalated,
                   count(*) FILTER (WHERE e.event_type = 'AppointmentScheduled')      AS total,
                   count(*) FILTER (WHERE e.event_type = 'AppointmentCancelled')      AS cancelled,
                   count(*) FILTER (WHERE e.event_type = 'AppointmentMarkedAsNoShow') AS missed,
                   max(e.aggregate_version) FILTER (WHERE e.aggregate_id = b.journey_id) AS version,
                   COALESCE((array_agg(e.event_data ->> 'new_stage' ORDER BY e.position DESC)
                             FILTER (WHERE e.aggregate_id = b.journey_id AND e.event_type = 'JourneyStageChanged'))[1],
                            'initiated') AS stage
              FROM begun AS b
              LEFT JOIN ended AS n ON n.tenant_id = b.tenant_id AND n.journey_id = b.journey_id
              JOIN event_store.events AS e ON e.tenant_id = b.tenant_id AND e.patient_id = b.patient_id
               AND e.clinic_id = b.clinic_id AND e.position >= b.first AND e.position < b.until
             GROUP BY b.tenant_id, b.journey_id, b.patient_id, b.clinic_id, n.last)
        SELECT c.*, v.*
          FROM counted AS c FULL JOIN journey.journey_view AS v USING (tenant_id, journey_id)
         WHERE (c.total, c.cancelled, c.missed, c.said, c.escalated, c.version, c.stage)
               IS DISTINCT FROM
               (v.total_appointments::bigint, v.cancelled_appointments::bigint, v.missed_appointments::bigint,
                v.total_interactions::bigint, v.has_escalation, v.version, v.current_stage)
    """,
}
CONVERSATIONS_WRONG = """
    WITH counted AS (
        SELECT tenant_id, aggregate_id AS conversation_id, patient_id, clinic_id,
               bool_or(event_type = 'ConversationClosed') AS closed,
               max(COALESCE(event_data ->> 'timestamp', event_data ->> 'started_at')::timestamptz) AS newest
          FROM event_store.events WHERE aggregate_type = 'Conversation'
         GROUP BY tenant_id, aggregate_id, patient_id, clinic_id)
    SELECT c.*, v.*
      FROM counted AS c FULL JOIN journey.conversation AS v USING (tenant_id, conversation_id)
     WHERE (c.patient_id, c.clinic_id, c.closed, c.newest)
           IS DISTINCT FROM
           (v.patient_id, v.clinic_id, v.status = 'closed', v.last_message_at)
"""


async def read_models_agree_with_counts(database: Database, *schemas: str) -> None:
    """Counters, versions and states are what counting the events gives."""
    for schema in schemas or WRONG:
        found = await database.admin.fetch(WRONG[schema])
        if schema == "journey":
            found += await database.admin.fetch(CONVERSATIONS_WRONG)
        assert not found, f"{schema}: {len(found)} rows are wrong, the first is {dict(found[0])}"
