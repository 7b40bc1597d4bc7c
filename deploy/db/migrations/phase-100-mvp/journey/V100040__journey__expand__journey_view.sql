-- The journey read model; written by projector-journey alone.
SET LOCAL lock_timeout = '5s';

CREATE TABLE journey.checkpoint (
    tenant_id uuid   PRIMARY KEY,
    position  bigint NOT NULL CHECK (position >= 0)
) WITH (fillfactor = 50);

-- The projector's own: name and phone for a patient's journeys.
CREATE TABLE journey.patient_contact (
    tenant_id  uuid         NOT NULL,
    patient_id uuid         NOT NULL,
    full_name  varchar(255) NOT NULL,
    phone      varchar(20)  NOT NULL,
    PRIMARY KEY (tenant_id, patient_id)
);

-- The projector's own: what is known of a patient in a clinic beside the journey itself.
CREATE TABLE journey.patient_clinic (
    tenant_id         uuid  NOT NULL,
    patient_id        uuid  NOT NULL,
    clinic_id         uuid  NOT NULL,
    live_appointments jsonb NOT NULL DEFAULT '{}',  -- {appointment_id: scheduled_for}
    last_fact         uuid,                         -- event_id of a fact that found no active journey: JourneyStarted counts it
    PRIMARY KEY (tenant_id, patient_id, clinic_id)
);

CREATE TABLE journey.journey_view (
    tenant_id               uuid         NOT NULL,
    journey_id              uuid         NOT NULL,
    version                 integer      NOT NULL,
    clinic_id               uuid         NOT NULL,
    patient_id              uuid         NOT NULL,
    current_stage           text         NOT NULL,
    previous_stage          text,
    stage_changed_at        timestamptz  NOT NULL,
    risk_score              numeric(3,2) NOT NULL DEFAULT 0,
    risk_level              text         NOT NULL DEFAULT 'low',
    risk_indicators         jsonb        NOT NULL DEFAULT '[]',
    last_risk_calculated_at timestamptz,
    first_contact_at        timestamptz  NOT NULL,
    last_interaction_at     timestamptz  NOT NULL,
    last_appointment_at     timestamptz,
    next_appointment_at     timestamptz,
    total_interactions      integer      NOT NULL DEFAULT 0,
    total_appointments      integer      NOT NULL DEFAULT 0,
    missed_appointments     integer      NOT NULL DEFAULT 0,
    cancelled_appointments  integer      NOT NULL DEFAULT 0,
    is_active               boolean      NOT NULL DEFAULT true,
    needs_follow_up         boolean      NOT NULL DEFAULT false,
    has_escalation          boolean      NOT NULL DEFAULT false,
    escalated_at            timestamptz,
    patient_name            varchar(255) NOT NULL,
    patient_phone           varchar(20)  NOT NULL,
    started_at              timestamptz  NOT NULL,
    completed_at            timestamptz,
    updated_at              timestamptz  NOT NULL,
    PRIMARY KEY (tenant_id, journey_id)
) WITH (fillfactor = 80);

CREATE INDEX journey_view_clinic           ON journey.journey_view (tenant_id, clinic_id);
CREATE INDEX journey_view_stage_contact    ON journey.journey_view (tenant_id, current_stage, last_interaction_at) WHERE is_active;
CREATE INDEX journey_view_stage_visit      ON journey.journey_view (tenant_id, current_stage, last_appointment_at) WHERE is_active;
CREATE INDEX journey_view_risk_level       ON journey.journey_view (tenant_id, risk_level) WHERE is_active;
CREATE INDEX journey_view_patient          ON journey.journey_view (tenant_id, patient_id);
CREATE INDEX journey_view_follow_up        ON journey.journey_view (tenant_id, needs_follow_up) WHERE is_active;

CALL ops.protect_read_model('journey.journey_view', 'healz_projector_journey');
CALL ops.protect_read_model('journey.patient_contact', 'healz_projector_journey');
CALL ops.protect_read_model('journey.patient_clinic', 'healz_projector_journey');
REVOKE SELECT ON journey.patient_contact, journey.patient_clinic FROM healz_reader;
CALL ops.protect('journey.checkpoint', 'healz_reader');
CREATE POLICY projector_all ON journey.checkpoint TO healz_projector_journey USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON journey.checkpoint TO healz_projector_journey;
GRANT SELECT ON journey.checkpoint TO healz_reader;
