-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE VIEW journey.journey_dashboard WITH (security_invoker='true') AS
 SELECT tenant_id,
    journey_id,
    version,
    clinic_id,
    patient_id,
    current_stage,
    previous_stage,
    stage_changed_at,
    risk_score,
    risk_level,
    risk_indicators,
    last_risk_calculated_at,
    first_contact_at,
    last_interaction_at,
    last_appointment_at,
    next_appointment_at,
    total_interactions,
    total_appointments,
    missed_appointments,
    cancelled_appointments,
    is_active,
    needs_follow_up,
    has_escalation,
    escalated_at,
    patient_name,
    patient_phone,
    started_at,
    completed_at,
    updated_at,
    (EXTRACT(day FROM (now() - first_contact_at)))::integer AS days_since_first_contact,
    (EXTRACT(day FROM (now() - last_interaction_at)))::integer AS days_since_last_interaction,
    (EXTRACT(day FROM (now() - last_appointment_at)))::integer AS days_since_last_appointment,
    (EXTRACT(day FROM (next_appointment_at - now())))::integer AS days_until_next_appointment,
    assigned_to,
    snoozed_until,
    worked_at,
    calls,
    last_called_at,
    last_call_outcome
   FROM ( SELECT v.tenant_id,
            v.journey_id,
            v.version,
            v.clinic_id,
            v.patient_id,
            v.current_stage,
            v.previous_stage,
            v.stage_changed_at,
            v.risk_score,
            v.risk_level,
            v.risk_indicators,
            v.last_risk_calculated_at,
            v.first_contact_at,
            v.last_interaction_at,
            v.last_appointment_at,
            v.total_interactions,
            v.total_appointments,
            v.missed_appointments,
            v.cancelled_appointments,
            v.is_active,
            v.needs_follow_up,
            v.has_escalation,
            v.escalated_at,
            v.patient_name,
            v.patient_phone,
            v.started_at,
            v.completed_at,
            v.updated_at,
            v.assigned_to,
            v.snoozed_until,
            v.worked_at,
            v.calls,
            v.last_called_at,
            v.last_call_outcome,
            ( SELECT min((a.scheduled_for)::timestamp with time zone) AS min
                   FROM (journey.patient_clinic c
                     CROSS JOIN LATERAL jsonb_each_text(c.live_appointments) a(appointment_id, scheduled_for))
                  WHERE (v.is_active AND (c.tenant_id = v.tenant_id) AND (c.patient_id = v.patient_id) AND (c.clinic_id = v.clinic_id) AND ((a.scheduled_for)::timestamp with time zone > now()))) AS next_appointment_at
           FROM journey.journey_view v) j;


ALTER VIEW journey.journey_dashboard OWNER TO healz_migrator;

COMMENT ON VIEW journey.journey_dashboard IS 'journey_view and what changes with the clock, reckoned when it is read: frontend and BI read this.';

COMMENT ON COLUMN journey.journey_dashboard.next_appointment_at IS 'When the earliest live appointment in this clinic that is still ahead begins; null once the journey has ended.';

COMMENT ON COLUMN journey.journey_dashboard.days_since_first_contact IS 'Whole days of 24 hours since the start.';

COMMENT ON COLUMN journey.journey_dashboard.days_since_last_interaction IS 'Whole days since the latest sign of life.';

COMMENT ON COLUMN journey.journey_dashboard.days_since_last_appointment IS 'Whole days since the last visit.';

COMMENT ON COLUMN journey.journey_dashboard.days_until_next_appointment IS 'Whole days until next_appointment_at.';

GRANT SELECT ON TABLE journey.journey_dashboard TO healz_reader;
