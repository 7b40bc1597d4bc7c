-- What a refold of patients keeps: who is parked, which events are left out for ever, how far a rebuild has got.
--
-- A refold writes rows of a tenant without moving its checkpoint: `refolds` tells whoever had read these rows before.
-- `projection_version`: with which version of the projection all of a tenant's rows were folded; what there is counts as 1.
SET LOCAL lock_timeout = '5s';

ALTER TABLE patient.checkpoint
    ADD COLUMN refolds            bigint  NOT NULL DEFAULT 0,
    ADD COLUMN projection_version integer NOT NULL DEFAULT 1;

CREATE TABLE patient.parked_patient (
    tenant_id  uuid        NOT NULL,
    patient_id uuid        NOT NULL,
    position   bigint      NOT NULL CHECK (position > 0),
    event_type text        NOT NULL,
    error      text        NOT NULL,
    parked_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, patient_id)
);
COMMENT ON TABLE patient.parked_patient IS 'Whose event at this position could not be folded or saved: their rows are those of before it, until a retry.';

CREATE TABLE patient.dropped_event (
    tenant_id  uuid        NOT NULL,
    position   bigint      NOT NULL CHECK (position > 0),
    patient_id uuid        NOT NULL,
    dropped_by text        NOT NULL,
    reason     text        NOT NULL,
    dropped_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, position)
);
COMMENT ON TABLE patient.dropped_event IS 'Events that this read model leaves out for ever, and who decided that; the log still has them.';

CREATE TABLE patient.rebuild (
    tenant_id          uuid        PRIMARY KEY,
    projection_version integer     NOT NULL,
    started_at         timestamptz NOT NULL DEFAULT now(),
    after_patient_id   uuid,
    patients           bigint      NOT NULL DEFAULT 0 CHECK (patients >= 0),
    events             bigint      NOT NULL DEFAULT 0 CHECK (events >= 0),
    rows_changed       bigint      NOT NULL DEFAULT 0 CHECK (rows_changed >= 0),
    held_by            text        NOT NULL,
    held_until         timestamptz NOT NULL
);
COMMENT ON TABLE patient.rebuild IS 'A tenant''s rebuild that is under way or was interrupted: the patients up to after_patient_id are done.';

-- Named exceptions, as the checkpoint is one: ids, positions and what an operator wrote, of every tenant.
CALL ops.protect('patient.parked_patient');
CALL ops.protect('patient.dropped_event');
CALL ops.protect('patient.rebuild');
CREATE POLICY projector_all ON patient.parked_patient TO healz_projector_patient USING (true) WITH CHECK (true);
CREATE POLICY projector_all ON patient.dropped_event TO healz_projector_patient USING (true) WITH CHECK (true);
CREATE POLICY projector_all ON patient.rebuild TO healz_projector_patient USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON patient.parked_patient, patient.rebuild TO healz_projector_patient;
GRANT SELECT, INSERT ON patient.dropped_event TO healz_projector_patient;

ALTER TABLE appointment.checkpoint
    ADD COLUMN refolds            bigint  NOT NULL DEFAULT 0,
    ADD COLUMN projection_version integer NOT NULL DEFAULT 1;

CREATE TABLE appointment.parked_patient (
    tenant_id  uuid        NOT NULL,
    patient_id uuid        NOT NULL,
    position   bigint      NOT NULL CHECK (position > 0),
    event_type text        NOT NULL,
    error      text        NOT NULL,
    parked_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, patient_id)
);
COMMENT ON TABLE appointment.parked_patient IS 'Whose event at this position could not be folded or saved: their rows are those of before it, until a retry.';

CREATE TABLE appointment.dropped_event (
    tenant_id  uuid        NOT NULL,
    position   bigint      NOT NULL CHECK (position > 0),
    patient_id uuid        NOT NULL,
    dropped_by text        NOT NULL,
    reason     text        NOT NULL,
    dropped_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, position)
);
COMMENT ON TABLE appointment.dropped_event IS 'Events that this read model leaves out for ever, and who decided that; the log still has them.';

CREATE TABLE appointment.rebuild (
    tenant_id          uuid        PRIMARY KEY,
    projection_version integer     NOT NULL,
    started_at         timestamptz NOT NULL DEFAULT now(),
    after_patient_id   uuid,
    patients           bigint      NOT NULL DEFAULT 0 CHECK (patients >= 0),
    events             bigint      NOT NULL DEFAULT 0 CHECK (events >= 0),
    rows_changed       bigint      NOT NULL DEFAULT 0 CHECK (rows_changed >= 0),
    held_by            text        NOT NULL,
    held_until         timestamptz NOT NULL
);
COMMENT ON TABLE appointment.rebuild IS 'A tenant''s rebuild that is under way or was interrupted: the patients up to after_patient_id are done.';

-- Named exceptions, as the checkpoint is one: ids, positions and what an operator wrote, of every tenant.
CALL ops.protect('appointment.parked_patient');
CALL ops.protect('appointment.dropped_event');
CALL ops.protect('appointment.rebuild');
CREATE POLICY projector_all ON appointment.parked_patient TO healz_projector_appointment USING (true) WITH CHECK (true);
CREATE POLICY projector_all ON appointment.dropped_event TO healz_projector_appointment USING (true) WITH CHECK (true);
CREATE POLICY projector_all ON appointment.rebuild TO healz_projector_appointment USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON appointment.parked_patient, appointment.rebuild TO healz_projector_appointment;
GRANT SELECT, INSERT ON appointment.dropped_event TO healz_projector_appointment;

ALTER TABLE journey.checkpoint
    ADD COLUMN refolds            bigint  NOT NULL DEFAULT 0,
    ADD COLUMN projection_version integer NOT NULL DEFAULT 1;

CREATE TABLE journey.parked_patient (
    tenant_id  uuid        NOT NULL,
    patient_id uuid        NOT NULL,
    position   bigint      NOT NULL CHECK (position > 0),
    event_type text        NOT NULL,
    error      text        NOT NULL,
    parked_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, patient_id)
);
COMMENT ON TABLE journey.parked_patient IS 'Whose event at this position could not be folded or saved: their rows are those of before it, until a retry.';

CREATE TABLE journey.dropped_event (
    tenant_id  uuid        NOT NULL,
    position   bigint      NOT NULL CHECK (position > 0),
    patient_id uuid        NOT NULL,
    dropped_by text        NOT NULL,
    reason     text        NOT NULL,
    dropped_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, position)
);
COMMENT ON TABLE journey.dropped_event IS 'Events that this read model leaves out for ever, and who decided that; the log still has them.';

CREATE TABLE journey.rebuild (
    tenant_id          uuid        PRIMARY KEY,
    projection_version integer     NOT NULL,
    started_at         timestamptz NOT NULL DEFAULT now(),
    after_patient_id   uuid,
    patients           bigint      NOT NULL DEFAULT 0 CHECK (patients >= 0),
    events             bigint      NOT NULL DEFAULT 0 CHECK (events >= 0),
    rows_changed       bigint      NOT NULL DEFAULT 0 CHECK (rows_changed >= 0),
    held_by            text        NOT NULL,
    held_until         timestamptz NOT NULL
);
COMMENT ON TABLE journey.rebuild IS 'A tenant''s rebuild that is under way or was interrupted: the patients up to after_patient_id are done.';

-- Named exceptions, as the checkpoint is one: ids, positions and what an operator wrote, of every tenant.
CALL ops.protect('journey.parked_patient');
CALL ops.protect('journey.dropped_event');
CALL ops.protect('journey.rebuild');
CREATE POLICY projector_all ON journey.parked_patient TO healz_projector_journey USING (true) WITH CHECK (true);
CREATE POLICY projector_all ON journey.dropped_event TO healz_projector_journey USING (true) WITH CHECK (true);
CREATE POLICY projector_all ON journey.rebuild TO healz_projector_journey USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON journey.parked_patient, journey.rebuild TO healz_projector_journey;
GRANT SELECT, INSERT ON journey.dropped_event TO healz_projector_journey;

-- Which patients a tenant has, and how many events each: what a refold is cut by.
CREATE POLICY batch_projector ON event_store.patient_log FOR SELECT TO healz_projector
    USING (tenant_id = ANY (ops.current_tenants()));
GRANT SELECT ON event_store.patient_log TO healz_projector;
