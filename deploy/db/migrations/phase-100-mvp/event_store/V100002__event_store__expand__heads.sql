-- The guards of positions, of a patient's facts and of versions: small, not partitioned, all written in the append.
SET LOCAL lock_timeout = '5s';

-- A tenant's head. Its row lock is what puts a tenant's events in one order; it is taken before anything else.
CREATE TABLE event_store.tenant_log (
    tenant_id uuid        PRIMARY KEY,
    position  bigint      NOT NULL,
    last_at   timestamptz NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- How many events a patient has, and between which times they lie (so that a load prunes partitions).
CREATE TABLE event_store.patient_log (
    tenant_id  uuid        NOT NULL,
    patient_id uuid        NOT NULL,
    facts      bigint      NOT NULL,
    first_at   timestamptz NOT NULL,
    last_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, patient_id)
) WITH (fillfactor = 80);

CREATE TABLE event_store.streams (
    tenant_id      uuid    NOT NULL,
    aggregate_id   uuid    NOT NULL,
    aggregate_type text    NOT NULL,
    patient_id     uuid    NOT NULL,
    version        integer NOT NULL,
    PRIMARY KEY (tenant_id, aggregate_id)
) WITH (fillfactor = 80);

CALL ops.protect('event_store.tenant_log', 'healz_append', 'healz_reader');
CALL ops.protect('event_store.patient_log', 'healz_append', 'healz_command');
CALL ops.protect('event_store.streams', 'healz_append', 'healz_command');

-- A named exception: a projector sees every tenant's head (ids and positions), to notice a quiet tenant that lags.
CREATE POLICY projector_all ON event_store.tenant_log FOR SELECT TO healz_projector USING (true);

GRANT SELECT, INSERT, UPDATE ON event_store.tenant_log, event_store.patient_log, event_store.streams TO healz_append;
GRANT SELECT ON event_store.tenant_log TO healz_reader, healz_projector;
GRANT SELECT ON event_store.patient_log, event_store.streams TO healz_command;
