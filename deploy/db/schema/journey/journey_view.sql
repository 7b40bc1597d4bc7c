-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE journey.journey_view (
    tenant_id uuid NOT NULL,
    journey_id uuid NOT NULL,
    version integer NOT NULL,
    clinic_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    current_stage text NOT NULL,
    previous_stage text,
    stage_changed_at timestamp with time zone NOT NULL,
    risk_score numeric(3,2) DEFAULT 0 NOT NULL,
    risk_level text DEFAULT 'low'::text NOT NULL,
    risk_indicators jsonb DEFAULT '[]'::jsonb NOT NULL,
    last_risk_calculated_at timestamp with time zone,
    first_contact_at timestamp with time zone NOT NULL,
    last_interaction_at timestamp with time zone NOT NULL,
    last_appointment_at timestamp with time zone,
    next_appointment_at timestamp with time zone,
    total_interactions integer DEFAULT 0 NOT NULL,
    total_appointments integer DEFAULT 0 NOT NULL,
    missed_appointments integer DEFAULT 0 NOT NULL,
    cancelled_appointments integer DEFAULT 0 NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    needs_follow_up boolean DEFAULT false NOT NULL,
    has_escalation boolean DEFAULT false NOT NULL,
    escalated_at timestamp with time zone,
    patient_name character varying(255) NOT NULL,
    patient_phone character varying(20) NOT NULL,
    started_at timestamp with time zone NOT NULL,
    completed_at timestamp with time zone,
    updated_at timestamp with time zone NOT NULL,
    assigned_to uuid,
    snoozed_until timestamp with time zone,
    worked_at timestamp with time zone,
    calls integer DEFAULT 0 NOT NULL,
    last_called_at timestamp with time zone,
    last_call_outcome text
)
WITH (fillfactor='80');

ALTER TABLE ONLY journey.journey_view FORCE ROW LEVEL SECURITY;


ALTER TABLE journey.journey_view OWNER TO healz_migrator;

COMMENT ON TABLE journey.journey_view IS 'One row per journey: one patient on the way with one clinic. Written by projector-journey alone.';

COMMENT ON COLUMN journey.journey_view.tenant_id IS 'The organisation.';

COMMENT ON COLUMN journey.journey_view.journey_id IS 'The journey.';

COMMENT ON COLUMN journey.journey_view.version IS 'The newest aggregate_version of the journey''s own events that is folded in; the ETag of a single GET.';

COMMENT ON COLUMN journey.journey_view.clinic_id IS 'The clinic.';

COMMENT ON COLUMN journey.journey_view.patient_id IS 'The patient.';

COMMENT ON COLUMN journey.journey_view.current_stage IS 'Where the journey is.';

COMMENT ON COLUMN journey.journey_view.previous_stage IS 'Where it was before; null at the start.';

COMMENT ON COLUMN journey.journey_view.stage_changed_at IS 'Since when it is there.';

COMMENT ON COLUMN journey.journey_view.risk_score IS 'How likely the patient is to drift away, 0.00 to 1.00.';

COMMENT ON COLUMN journey.journey_view.risk_level IS 'What that score is called: low, medium, high, critical.';

COMMENT ON COLUMN journey.journey_view.risk_indicators IS 'The complete set of indicators in that score: [{type, weight, value, severity, detected_at}].';

COMMENT ON COLUMN journey.journey_view.last_risk_calculated_at IS 'As of when the score was calculated.';

COMMENT ON COLUMN journey.journey_view.first_contact_at IS 'When the journey started.';

COMMENT ON COLUMN journey.journey_view.last_interaction_at IS 'The latest sign of life in this clinic: a message, a visit, a booking or change not by the system, a start or recovery.';

COMMENT ON COLUMN journey.journey_view.last_appointment_at IS 'When the last visit of this journey ended.';

COMMENT ON COLUMN journey.journey_view.next_appointment_at IS 'When the earliest live appointment in this clinic begins, as of the last event: journey_dashboard has the one still ahead.';

COMMENT ON COLUMN journey.journey_view.total_interactions IS 'Messages received in this journey.';

COMMENT ON COLUMN journey.journey_view.total_appointments IS 'How many visits were booked in it.';

COMMENT ON COLUMN journey.journey_view.missed_appointments IS 'How many the patient missed.';

COMMENT ON COLUMN journey.journey_view.cancelled_appointments IS 'How many were cancelled, without those that the clinic cancelled on its own account.';

COMMENT ON COLUMN journey.journey_view.is_active IS 'Whether the stage is none of abandoned, completed, cancelled.';

COMMENT ON COLUMN journey.journey_view.needs_follow_up IS 'Whether the stage is no_show, at_risk or follow_up: somebody should call.';

COMMENT ON COLUMN journey.journey_view.has_escalation IS 'Whether a person is asked to act: by the risk, or by a conversation of this patient with the clinic.';

COMMENT ON COLUMN journey.journey_view.escalated_at IS 'Since when the risk asks for a person; null when it does not.';

COMMENT ON COLUMN journey.journey_view.patient_name IS 'What the patient is called now.';

COMMENT ON COLUMN journey.journey_view.patient_phone IS 'Where the patient is reached now.';

COMMENT ON COLUMN journey.journey_view.started_at IS 'When the journey started.';

COMMENT ON COLUMN journey.journey_view.completed_at IS 'When it was completed; null however else it ended.';

COMMENT ON COLUMN journey.journey_view.updated_at IS 'created_at of the last event that changed another column.';

COMMENT ON COLUMN journey.journey_view.assigned_to IS 'Who sees to this patient; null: nobody. Until they are won back or have come, or the journey ends.';

COMMENT ON COLUMN journey.journey_view.snoozed_until IS 'Off the list of those at risk until then; null: not snoozed.';

COMMENT ON COLUMN journey.journey_view.worked_at IS 'When somebody last claimed or released it, called, or snoozed it.';

COMMENT ON COLUMN journey.journey_view.calls IS 'How often the patient was called in this journey.';

COMMENT ON COLUMN journey.journey_view.last_called_at IS 'When they were called last.';

COMMENT ON COLUMN journey.journey_view.last_call_outcome IS 'Whether they were reached then: reached, not_reached, wrong_number.';

ALTER TABLE ONLY journey.journey_view
    ADD CONSTRAINT journey_view_pkey PRIMARY KEY (tenant_id, journey_id);

CREATE INDEX journey_view_at_risk ON journey.journey_view USING btree (tenant_id, risk_score DESC, last_interaction_at, journey_id) WHERE (is_active AND (current_stage = 'at_risk'::text));

CREATE INDEX journey_view_at_risk_winnable ON journey.journey_view USING btree (tenant_id, risk_score DESC, last_interaction_at DESC, journey_id DESC) WHERE (is_active AND (current_stage = 'at_risk'::text));

CREATE INDEX journey_view_clinic ON journey.journey_view USING btree (tenant_id, clinic_id);

CREATE INDEX journey_view_clinic_patient ON journey.journey_view USING btree (tenant_id, clinic_id, patient_id) INCLUDE (current_stage, risk_score, last_interaction_at, is_active, needs_follow_up, has_escalation);

CREATE INDEX journey_view_clinic_risk ON journey.journey_view USING btree (tenant_id, clinic_id, risk_score DESC) WHERE is_active;

CREATE INDEX journey_view_clinic_silent ON journey.journey_view USING btree (tenant_id, clinic_id, last_interaction_at) INCLUDE (patient_id);

CREATE INDEX journey_view_ended ON journey.journey_view USING btree (tenant_id, current_stage, last_interaction_at, journey_id) WHERE (NOT is_active);

CREATE INDEX journey_view_escalated ON journey.journey_view USING btree (tenant_id, last_interaction_at, journey_id) WHERE (is_active AND has_escalation);

CREATE INDEX journey_view_follow_up ON journey.journey_view USING btree (tenant_id, needs_follow_up) WHERE is_active;

CREATE INDEX journey_view_patient ON journey.journey_view USING btree (tenant_id, patient_id);

CREATE INDEX journey_view_risk ON journey.journey_view USING btree (tenant_id, risk_score DESC, last_interaction_at, journey_id) WHERE is_active;

CREATE INDEX journey_view_risk_level ON journey.journey_view USING btree (tenant_id, risk_level) WHERE is_active;

CREATE INDEX journey_view_silence ON journey.journey_view USING btree (tenant_id, last_interaction_at, journey_id) WHERE is_active;

CREATE INDEX journey_view_stage_contact ON journey.journey_view USING btree (tenant_id, current_stage, last_interaction_at) WHERE is_active;

CREATE INDEX journey_view_stage_visit ON journey.journey_view USING btree (tenant_id, current_stage, last_appointment_at) WHERE is_active;

CREATE INDEX journey_view_winnable ON journey.journey_view USING btree (tenant_id, risk_score DESC, last_interaction_at DESC, journey_id DESC) WHERE is_active;

CREATE POLICY batch_healz_projector_journey ON journey.journey_view TO healz_projector_journey USING ((tenant_id = ANY (( SELECT ops.current_tenants() AS current_tenants)::uuid[]))) WITH CHECK ((tenant_id = ANY (ops.current_tenants())));

CREATE POLICY clinic_healz_reader ON journey.journey_view AS RESTRICTIVE FOR SELECT TO healz_reader USING (ops.sees_clinic(clinic_id));

ALTER TABLE journey.journey_view ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON journey.journey_view TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY search_all ON journey.journey_view FOR SELECT TO healz_search USING (true);

CREATE POLICY tenant_healz_reader ON journey.journey_view TO healz_reader USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

CREATE POLICY tenant_healz_sweeper ON journey.journey_view FOR SELECT TO healz_sweeper USING ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE journey.journey_view TO healz_projector_journey;
GRANT SELECT ON TABLE journey.journey_view TO healz_reader;

GRANT SELECT(tenant_id) ON TABLE journey.journey_view TO healz_sweeper;
GRANT SELECT(tenant_id) ON TABLE journey.journey_view TO healz_search;

GRANT SELECT(journey_id) ON TABLE journey.journey_view TO healz_sweeper;
GRANT SELECT(journey_id) ON TABLE journey.journey_view TO healz_search;

GRANT SELECT(clinic_id) ON TABLE journey.journey_view TO healz_sweeper;
GRANT SELECT(clinic_id) ON TABLE journey.journey_view TO healz_search;

GRANT SELECT(patient_id) ON TABLE journey.journey_view TO healz_sweeper;
GRANT SELECT(patient_id) ON TABLE journey.journey_view TO healz_search;

GRANT SELECT(current_stage) ON TABLE journey.journey_view TO healz_sweeper;
GRANT SELECT(current_stage) ON TABLE journey.journey_view TO healz_search;

GRANT SELECT(stage_changed_at) ON TABLE journey.journey_view TO healz_sweeper;

GRANT SELECT(risk_score) ON TABLE journey.journey_view TO healz_search;

GRANT SELECT(risk_level) ON TABLE journey.journey_view TO healz_search;

GRANT SELECT(risk_indicators) ON TABLE journey.journey_view TO healz_sweeper;

GRANT SELECT(last_interaction_at) ON TABLE journey.journey_view TO healz_sweeper;
GRANT SELECT(last_interaction_at) ON TABLE journey.journey_view TO healz_search;

GRANT SELECT(last_appointment_at) ON TABLE journey.journey_view TO healz_sweeper;

GRANT SELECT(next_appointment_at) ON TABLE journey.journey_view TO healz_sweeper;

GRANT SELECT(is_active) ON TABLE journey.journey_view TO healz_sweeper;
GRANT SELECT(is_active) ON TABLE journey.journey_view TO healz_search;

GRANT SELECT(needs_follow_up) ON TABLE journey.journey_view TO healz_search;

GRANT SELECT(has_escalation) ON TABLE journey.journey_view TO healz_search;

GRANT SELECT(assigned_to) ON TABLE journey.journey_view TO healz_search;

GRANT SELECT(snoozed_until) ON TABLE journey.journey_view TO healz_search;
