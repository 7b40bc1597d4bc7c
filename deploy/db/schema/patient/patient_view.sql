-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE patient.patient_view (
    tenant_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    version integer NOT NULL,
    phone character varying(20) NOT NULL,
    full_name character varying(255) NOT NULL,
    email character varying(255),
    birth_date date,
    cpf character varying(14),
    registration_source text NOT NULL,
    status text NOT NULL,
    current_journey_stage text,
    risk_score numeric(3,2) DEFAULT 0 NOT NULL,
    total_appointments integer DEFAULT 0 NOT NULL,
    completed_appointments integer DEFAULT 0 NOT NULL,
    cancelled_appointments integer DEFAULT 0 NOT NULL,
    no_show_count integer DEFAULT 0 NOT NULL,
    last_interaction_at timestamp with time zone,
    interaction_count integer DEFAULT 0 NOT NULL,
    first_contact_at timestamp with time zone,
    last_appointment_at timestamp with time zone,
    next_appointment_at timestamp with time zone,
    preferred_clinic_id uuid,
    preferred_doctor_id uuid,
    guardian_phone character varying(20),
    name_search text NOT NULL,
    address jsonb,
    preferences jsonb,
    live_appointments jsonb DEFAULT '{}'::jsonb NOT NULL,
    journeys jsonb DEFAULT '{}'::jsonb NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    latest jsonb DEFAULT '{}'::jsonb NOT NULL,
    other_phone character varying(20),
    merged_into uuid
)
WITH (fillfactor='80');

ALTER TABLE ONLY patient.patient_view FORCE ROW LEVEL SECURITY;


ALTER TABLE patient.patient_view OWNER TO healz_migrator;

COMMENT ON TABLE patient.patient_view IS 'One row per patient: how they are reached, how they stand, what happened in all clinics. Written by projector-patient alone.';

COMMENT ON COLUMN patient.patient_view.tenant_id IS 'The organisation.';

COMMENT ON COLUMN patient.patient_view.patient_id IS 'The patient.';

COMMENT ON COLUMN patient.patient_view.version IS 'The newest aggregate_version of the patient''s own events that is folded in; the ETag of a single GET.';

COMMENT ON COLUMN patient.patient_view.phone IS 'Where the patient is reached, E.164; empty once anonymised.';

COMMENT ON COLUMN patient.patient_view.full_name IS 'What they are called; Anonymized patient once anonymised.';

COMMENT ON COLUMN patient.patient_view.email IS 'Another way to reach them.';

COMMENT ON COLUMN patient.patient_view.birth_date IS 'The day they were born.';

COMMENT ON COLUMN patient.patient_view.cpf IS 'The Brazilian taxpayer number, 11 digits.';

COMMENT ON COLUMN patient.patient_view.registration_source IS 'By which way they came: whatsapp, manual, import.';

COMMENT ON COLUMN patient.patient_view.status IS 'active, inactive or suspended; anonymised ones are inactive.';

COMMENT ON COLUMN patient.patient_view.current_journey_stage IS 'The stage of the journey that stands for the patient: the riskiest active one, else the last to end; null without any.';

COMMENT ON COLUMN patient.patient_view.risk_score IS 'The score of that journey, 0.00 to 1.00.';

COMMENT ON COLUMN patient.patient_view.total_appointments IS 'How many visits were ever booked.';

COMMENT ON COLUMN patient.patient_view.completed_appointments IS 'How many took place.';

COMMENT ON COLUMN patient.patient_view.cancelled_appointments IS 'How many were cancelled, without those that the clinic cancelled on its own account.';

COMMENT ON COLUMN patient.patient_view.no_show_count IS 'How many the patient missed.';

COMMENT ON COLUMN patient.patient_view.last_interaction_at IS 'The latest sign of life: registration, a message, a visit, a booking or change not by the system, a journey''s start or recovery.';

COMMENT ON COLUMN patient.patient_view.interaction_count IS 'Messages received, and the registration.';

COMMENT ON COLUMN patient.patient_view.first_contact_at IS 'When they were registered.';

COMMENT ON COLUMN patient.patient_view.last_appointment_at IS 'When the last visit ended.';

COMMENT ON COLUMN patient.patient_view.next_appointment_at IS 'When the earliest live appointment begins, as of the last event: it may have passed.';

COMMENT ON COLUMN patient.patient_view.preferred_clinic_id IS 'Where they would rather be seen.';

COMMENT ON COLUMN patient.patient_view.preferred_doctor_id IS 'By whom they would rather be seen.';

COMMENT ON COLUMN patient.patient_view.guardian_phone IS 'The phone of who answers for a child.';

COMMENT ON COLUMN patient.patient_view.name_search IS 'The name in lower case without accents and apostrophes: what a search is compared with.';

COMMENT ON COLUMN patient.patient_view.address IS 'The postal address, as PatientContactUpdated has it.';

COMMENT ON COLUMN patient.patient_view.preferences IS 'How they want to be reached, as PatientPreferencesUpdated has it.';

COMMENT ON COLUMN patient.patient_view.live_appointments IS 'Internal. {appointment_id: scheduled_for} of what is scheduled or confirmed.';

COMMENT ON COLUMN patient.patient_view.journeys IS 'Internal. {journey_id: {clinic_id, stage, score, active, started_at, ended_at}} of all journeys.';

COMMENT ON COLUMN patient.patient_view.updated_at IS 'created_at of the last event that changed another column.';

COMMENT ON COLUMN patient.patient_view.latest IS 'Internal. {clinic_id: {visit, interaction}}: when the last of each was, as a correction has to know it.';

COMMENT ON COLUMN patient.patient_view.other_phone IS 'The phone of a record of the same person that was merged into this one, where it is another one: they are found by it, too.';

COMMENT ON COLUMN patient.patient_view.merged_into IS 'The record that goes on, where this one was merged into it: nothing is counted here any more. NULL: this one goes on.';

ALTER TABLE ONLY patient.patient_view
    ADD CONSTRAINT patient_view_pkey PRIMARY KEY (tenant_id, patient_id);

CREATE INDEX patient_view_birth_date ON patient.patient_view USING btree (tenant_id, birth_date) WHERE (birth_date IS NOT NULL);

CREATE INDEX patient_view_cpf ON patient.patient_view USING btree (tenant_id, cpf) WHERE (cpf IS NOT NULL);

CREATE INDEX patient_view_email ON patient.patient_view USING btree (tenant_id, lower((email)::text)) WHERE (email IS NOT NULL);
ALTER INDEX patient.patient_view_email ALTER COLUMN 2 SET STATISTICS 0;

CREATE INDEX patient_view_last_interaction ON patient.patient_view USING btree (tenant_id, last_interaction_at);

CREATE INDEX patient_view_name ON patient.patient_view USING btree (tenant_id, name_search, patient_id);

CREATE INDEX patient_view_name_trigram ON patient.patient_view USING gin (name_search public.gin_trgm_ops);

CREATE INDEX patient_view_not_active ON patient.patient_view USING btree (tenant_id, status, name_search, patient_id) WHERE (status <> 'active'::text);

CREATE INDEX patient_view_other_phone ON patient.patient_view USING btree (tenant_id, other_phone) WHERE (other_phone IS NOT NULL);

CREATE INDEX patient_view_phone ON patient.patient_view USING btree (tenant_id, phone);

CREATE INDEX patient_view_phone_end ON patient.patient_view USING btree (tenant_id, reverse((phone)::text) text_pattern_ops);
ALTER INDEX patient.patient_view_phone_end ALTER COLUMN 2 SET STATISTICS 0;

CREATE INDEX patient_view_risk ON patient.patient_view USING btree (tenant_id, risk_score DESC);

CREATE INDEX patient_view_stage ON patient.patient_view USING btree (tenant_id, current_journey_stage);

CREATE POLICY batch_healz_projector_patient ON patient.patient_view TO healz_projector_patient USING ((tenant_id = ANY (( SELECT ops.current_tenants() AS current_tenants)::uuid[]))) WITH CHECK ((tenant_id = ANY (ops.current_tenants())));

CREATE POLICY migrator_all ON patient.patient_view TO healz_migrator USING (true) WITH CHECK (true);

ALTER TABLE patient.patient_view ENABLE ROW LEVEL SECURITY;

CREATE POLICY search_all ON patient.patient_view FOR SELECT TO healz_search USING (true);

CREATE POLICY tenant_healz_reader ON patient.patient_view TO healz_reader USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE patient.patient_view TO healz_projector_patient;
GRANT SELECT ON TABLE patient.patient_view TO healz_reader;
GRANT SELECT ON TABLE patient.patient_view TO healz_search;
