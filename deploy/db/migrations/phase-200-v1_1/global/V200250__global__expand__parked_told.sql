-- What was parked or dropped is told where it was not so far, and what a verify has found is kept.
--
-- The questions "as of" and "why" fold the log by themselves: so that they leave out what the read model leaves out, the
-- reader sees of its own tenant who is parked at which position, and which events were dropped; no error, and no reason.
SET LOCAL lock_timeout = '5s';

CREATE POLICY tenant_healz_reader ON patient.parked_patient FOR SELECT TO healz_reader USING (tenant_id = ops.current_tenant());
CREATE POLICY tenant_healz_reader ON patient.dropped_event FOR SELECT TO healz_reader USING (tenant_id = ops.current_tenant());
GRANT SELECT (tenant_id, patient_id, position) ON patient.parked_patient TO healz_reader;
GRANT SELECT (tenant_id, patient_id, position) ON patient.dropped_event TO healz_reader;

ALTER TABLE patient.checkpoint ADD COLUMN holes_filled bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN patient.checkpoint.holes_filled IS 'How many events were read from the store, mostly since Kafka had not brought them.';

CREATE TABLE patient.verification (
    verified_at timestamptz      PRIMARY KEY DEFAULT now(),
    share       double precision NOT NULL CHECK (share > 0 AND share <= 1),
    tenants     integer          NOT NULL CHECK (tenants >= 0),
    patients    bigint           NOT NULL CHECK (patients >= 0),
    events      bigint           NOT NULL CHECK (events >= 0),
    wrong       bigint           NOT NULL CHECK (wrong >= 0),
    parked      bigint           NOT NULL CHECK (parked >= 0),
    not_done    integer          NOT NULL CHECK (not_done >= 0)
);
COMMENT ON TABLE patient.verification IS 'What the last verifies of all tenants have found: a row each, with numbers alone.';
COMMENT ON COLUMN patient.verification.share IS 'Of the patients; below 1 they were taken at random.';
COMMENT ON COLUMN patient.verification.wrong IS 'Rows, and checkpoints that are not of this log.';
COMMENT ON COLUMN patient.verification.not_done IS 'Tenants that could not be compared.';
GRANT SELECT, INSERT, DELETE ON patient.verification TO healz_projector_patient;

CREATE POLICY tenant_healz_reader ON appointment.parked_patient FOR SELECT TO healz_reader USING (tenant_id = ops.current_tenant());
CREATE POLICY tenant_healz_reader ON appointment.dropped_event FOR SELECT TO healz_reader USING (tenant_id = ops.current_tenant());
GRANT SELECT (tenant_id, patient_id, position) ON appointment.parked_patient TO healz_reader;
GRANT SELECT (tenant_id, patient_id, position) ON appointment.dropped_event TO healz_reader;

ALTER TABLE appointment.checkpoint ADD COLUMN holes_filled bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN appointment.checkpoint.holes_filled IS 'How many events were read from the store, mostly since Kafka had not brought them.';

CREATE TABLE appointment.verification (
    verified_at timestamptz      PRIMARY KEY DEFAULT now(),
    share       double precision NOT NULL CHECK (share > 0 AND share <= 1),
    tenants     integer          NOT NULL CHECK (tenants >= 0),
    patients    bigint           NOT NULL CHECK (patients >= 0),
    events      bigint           NOT NULL CHECK (events >= 0),
    wrong       bigint           NOT NULL CHECK (wrong >= 0),
    parked      bigint           NOT NULL CHECK (parked >= 0),
    not_done    integer          NOT NULL CHECK (not_done >= 0)
);
COMMENT ON TABLE appointment.verification IS 'What the last verifies of all tenants have found: a row each, with numbers alone.';
COMMENT ON COLUMN appointment.verification.share IS 'Of the patients; below 1 they were taken at random.';
COMMENT ON COLUMN appointment.verification.wrong IS 'Rows, and checkpoints that are not of this log.';
COMMENT ON COLUMN appointment.verification.not_done IS 'Tenants that could not be compared.';
GRANT SELECT, INSERT, DELETE ON appointment.verification TO healz_projector_appointment;

CREATE POLICY tenant_healz_reader ON journey.parked_patient FOR SELECT TO healz_reader USING (tenant_id = ops.current_tenant());
CREATE POLICY tenant_healz_reader ON journey.dropped_event FOR SELECT TO healz_reader USING (tenant_id = ops.current_tenant());
GRANT SELECT (tenant_id, patient_id, position) ON journey.parked_patient TO healz_reader;
GRANT SELECT (tenant_id, patient_id, position) ON journey.dropped_event TO healz_reader;

ALTER TABLE journey.checkpoint ADD COLUMN holes_filled bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN journey.checkpoint.holes_filled IS 'How many events were read from the store, mostly since Kafka had not brought them.';

CREATE TABLE journey.verification (
    verified_at timestamptz      PRIMARY KEY DEFAULT now(),
    share       double precision NOT NULL CHECK (share > 0 AND share <= 1),
    tenants     integer          NOT NULL CHECK (tenants >= 0),
    patients    bigint           NOT NULL CHECK (patients >= 0),
    events      bigint           NOT NULL CHECK (events >= 0),
    wrong       bigint           NOT NULL CHECK (wrong >= 0),
    parked      bigint           NOT NULL CHECK (parked >= 0),
    not_done    integer          NOT NULL CHECK (not_done >= 0)
);
COMMENT ON TABLE journey.verification IS 'What the last verifies of all tenants have found: a row each, with numbers alone.';
COMMENT ON COLUMN journey.verification.share IS 'Of the patients; below 1 they were taken at random.';
COMMENT ON COLUMN journey.verification.wrong IS 'Rows, and checkpoints that are not of this log.';
COMMENT ON COLUMN journey.verification.not_done IS 'Tenants that could not be compared.';
GRANT SELECT, INSERT, DELETE ON journey.verification TO healz_projector_journey;
