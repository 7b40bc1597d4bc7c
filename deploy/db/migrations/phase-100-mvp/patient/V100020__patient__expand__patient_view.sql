-- The patient read model; written by projector-patient alone.
SET LOCAL lock_timeout = '5s';

-- How far the projector has got, per tenant.
CREATE TABLE patient.checkpoint (
    tenant_id uuid   PRIMARY KEY,
    position  bigint NOT NULL CHECK (position >= 0)
) WITH (fillfactor = 50);

CREATE TABLE patient.patient_view (
    tenant_id              uuid         NOT NULL,
    patient_id             uuid         NOT NULL,
    version                integer      NOT NULL,
    phone                  varchar(20)  NOT NULL,
    full_name              varchar(255) NOT NULL,
    email                  varchar(255),
    birth_date             date,
    cpf                    varchar(14),
    registration_source    text         NOT NULL,
    status                 text         NOT NULL,
    current_journey_stage  text,
    risk_score             numeric(3,2) NOT NULL DEFAULT 0,
    total_appointments     integer      NOT NULL DEFAULT 0,
    completed_appointments integer      NOT NULL DEFAULT 0,
    cancelled_appointments integer      NOT NULL DEFAULT 0,
    no_show_count          integer      NOT NULL DEFAULT 0,
    last_interaction_at    timestamptz,
    interaction_count      integer      NOT NULL DEFAULT 0,
    first_contact_at       timestamptz,
    last_appointment_at    timestamptz,
    next_appointment_at    timestamptz,
    preferred_clinic_id    uuid,
    preferred_doctor_id    uuid,
    guardian_phone         varchar(20),
    name_search            text         NOT NULL,  -- lower case, unaccented; written by the projection
    address                jsonb,
    preferences            jsonb,
    live_appointments      jsonb        NOT NULL DEFAULT '{}',  -- internal: {appointment_id: scheduled_for}
    journeys               jsonb        NOT NULL DEFAULT '{}',  -- internal: {journey_id: {stage, score, active, started_at, ended_at}}
    updated_at             timestamptz  NOT NULL,
    PRIMARY KEY (tenant_id, patient_id)
) WITH (fillfactor = 80);

CREATE INDEX patient_view_phone            ON patient.patient_view (tenant_id, phone);
CREATE INDEX patient_view_name             ON patient.patient_view (tenant_id, name_search, patient_id);
CREATE INDEX patient_view_name_trigram     ON patient.patient_view USING gin (name_search gin_trgm_ops);
CREATE INDEX patient_view_stage            ON patient.patient_view (tenant_id, current_journey_stage);
CREATE INDEX patient_view_risk             ON patient.patient_view (tenant_id, risk_score DESC);
CREATE INDEX patient_view_last_interaction ON patient.patient_view (tenant_id, last_interaction_at);

CALL ops.protect_read_model('patient.patient_view', 'healz_projector_patient');
CALL ops.protect('patient.checkpoint', 'healz_reader');
CREATE POLICY projector_all ON patient.checkpoint TO healz_projector_patient USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON patient.checkpoint TO healz_projector_patient;
GRANT SELECT ON patient.checkpoint TO healz_reader;
