-- What frontend and BI read of a journey: its row, and what changes with the clock and so is stored nowhere. Days are whole
-- periods of 24 hours, as of now(). The next appointment is the earliest live one that is still ahead: the row's own column
-- holds the earliest live one, which may have passed without anybody saying what became of it.
SET LOCAL lock_timeout = '5s';

-- The view runs as who asks, so they need the list; no more than it, and no other clinic's.
GRANT SELECT (tenant_id, patient_id, clinic_id, live_appointments) ON journey.patient_clinic TO healz_reader;
CREATE POLICY clinic_healz_reader ON journey.patient_clinic AS RESTRICTIVE FOR SELECT TO healz_reader
    USING (ops.sees_clinic(clinic_id));

CREATE VIEW journey.journey_dashboard WITH (security_invoker = true) AS
SELECT j.tenant_id,
       j.journey_id,
       j.version,
       j.clinic_id,
       j.patient_id,
       j.current_stage,
       j.previous_stage,
       j.stage_changed_at,
       j.risk_score,
       j.risk_level,
       j.risk_indicators,
       j.last_risk_calculated_at,
       j.first_contact_at,
       j.last_interaction_at,
       j.last_appointment_at,
       j.next_appointment_at,
       j.total_interactions,
       j.total_appointments,
       j.missed_appointments,
       j.cancelled_appointments,
       j.is_active,
       j.needs_follow_up,
       j.has_escalation,
       j.escalated_at,
       j.patient_name,
       j.patient_phone,
       j.started_at,
       j.completed_at,
       j.updated_at,
       extract(day FROM now() - j.first_contact_at)::integer    AS days_since_first_contact,
       extract(day FROM now() - j.last_interaction_at)::integer AS days_since_last_interaction,
       extract(day FROM now() - j.last_appointment_at)::integer AS days_since_last_appointment,
       extract(day FROM j.next_appointment_at - now())::integer AS days_until_next_appointment
  FROM (SELECT v.tenant_id, v.journey_id, v.version, v.clinic_id, v.patient_id, v.current_stage, v.previous_stage,
               v.stage_changed_at, v.risk_score, v.risk_level, v.risk_indicators, v.last_risk_calculated_at,
               v.first_contact_at, v.last_interaction_at, v.last_appointment_at, v.total_interactions,
               v.total_appointments, v.missed_appointments, v.cancelled_appointments, v.is_active, v.needs_follow_up,
               v.has_escalation, v.escalated_at, v.patient_name, v.patient_phone, v.started_at, v.completed_at,
               v.updated_at,
               -- Among the columns, and no join: so it is looked for after ORDER BY and LIMIT, for the rows that are shown.
               -- A journey that has ended waits for no appointment, even where the patient has one in this clinic.
               (SELECT min(a.scheduled_for::timestamptz)
                  FROM journey.patient_clinic AS c
                 CROSS JOIN jsonb_each_text(c.live_appointments) AS a (appointment_id, scheduled_for)
                 WHERE v.is_active
                   AND c.tenant_id = v.tenant_id AND c.patient_id = v.patient_id AND c.clinic_id = v.clinic_id
                   AND a.scheduled_for::timestamptz > now()) AS next_appointment_at
          FROM journey.journey_view AS v) AS j;

GRANT SELECT ON journey.journey_dashboard TO healz_reader;
