-- What people do about a journey at risk: whose it is, calls, snoozes (JourneyAssigned, CallMade, JourneySnoozed). Rows that are
-- there already keep the defaults, which are right but for who was named in a RiskEscalated: a rebuild brings that.
-- The columns are nullable or have a constant default: the table is locked for a moment and not rewritten.
SET LOCAL lock_timeout = '5s';

ALTER TABLE journey.journey_view
    ADD COLUMN assigned_to       uuid,
    ADD COLUMN snoozed_until     timestamptz,
    ADD COLUMN worked_at         timestamptz,
    ADD COLUMN calls             integer NOT NULL DEFAULT 0,
    ADD COLUMN last_called_at    timestamptz,
    ADD COLUMN last_call_outcome text;

COMMENT ON COLUMN journey.journey_view.assigned_to IS 'Who sees to this patient; null: nobody. Until they are won back or have come, or the journey ends.';
COMMENT ON COLUMN journey.journey_view.snoozed_until IS 'Off the list of those at risk until then; null: not snoozed.';
COMMENT ON COLUMN journey.journey_view.worked_at IS 'When somebody last claimed or released it, called, or snoozed it.';
COMMENT ON COLUMN journey.journey_view.calls IS 'How often the patient was called in this journey.';
COMMENT ON COLUMN journey.journey_view.last_called_at IS 'When they were called last.';
COMMENT ON COLUMN journey.journey_view.last_call_outcome IS 'Whether they were reached then: reached, not_reached, wrong_number.';

-- As before, and these.
CREATE OR REPLACE VIEW journey.journey_dashboard WITH (security_invoker = true) AS
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
       extract(day FROM j.next_appointment_at - now())::integer AS days_until_next_appointment,
       j.assigned_to,
       j.snoozed_until,
       j.worked_at,
       j.calls,
       j.last_called_at,
       j.last_call_outcome
  FROM (SELECT v.tenant_id, v.journey_id, v.version, v.clinic_id, v.patient_id, v.current_stage, v.previous_stage,
               v.stage_changed_at, v.risk_score, v.risk_level, v.risk_indicators, v.last_risk_calculated_at,
               v.first_contact_at, v.last_interaction_at, v.last_appointment_at, v.total_interactions,
               v.total_appointments, v.missed_appointments, v.cancelled_appointments, v.is_active, v.needs_follow_up,
               v.has_escalation, v.escalated_at, v.patient_name, v.patient_phone, v.started_at, v.completed_at,
               v.updated_at, v.assigned_to, v.snoozed_until, v.worked_at, v.calls, v.last_called_at,
               v.last_call_outcome,
               -- Among the columns, and no join: so it is looked for after ORDER BY and LIMIT, for the rows that are shown.
               -- A journey that has ended waits for no appointment, even where the patient has one in this clinic.
               (SELECT min(a.scheduled_for::timestamptz)
                  FROM journey.patient_clinic AS c
                 CROSS JOIN jsonb_each_text(c.live_appointments) AS a (appointment_id, scheduled_for)
                 WHERE v.is_active
                   AND c.tenant_id = v.tenant_id AND c.patient_id = v.patient_id AND c.clinic_id = v.clinic_id
                   AND a.scheduled_for::timestamptz > now()) AS next_appointment_at
          FROM journey.journey_view AS v) AS j;
