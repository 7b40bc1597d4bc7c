-- What spans patients, or requests, is guarded here; everything else is a plain decision on one patient's events.
SET LOCAL lock_timeout = '5s';

-- The same key and body gives the same answer again.
CREATE TABLE event_store.idempotency_keys (
    tenant_id       uuid        NOT NULL,
    idempotency_key text        NOT NULL,
    request_hash    bytea       NOT NULL,
    answer          jsonb       NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, idempotency_key)
);

-- Unique phone, e-mail and CPF within a tenant, as keyed hashes: nothing to read here for who gets a copy.
CREATE TABLE event_store.patient_identities (
    tenant_id  uuid  NOT NULL,
    kind       text  NOT NULL,
    digest     bytea NOT NULL,
    patient_id uuid  NOT NULL,
    CONSTRAINT patient_identities_unique PRIMARY KEY (tenant_id, kind, digest)
);

-- A doctor's time. [from, until): two bookings that only touch are fine.
CREATE TABLE event_store.appointment_slots (
    tenant_id      uuid      NOT NULL,
    appointment_id uuid      NOT NULL,
    doctor_id      uuid      NOT NULL,
    slot           tstzrange NOT NULL,
    PRIMARY KEY (tenant_id, appointment_id),
    CONSTRAINT appointment_slots_free EXCLUDE USING gist (tenant_id WITH =, doctor_id WITH =, slot WITH &&)
);

CALL ops.protect('event_store.idempotency_keys', 'healz_append', 'healz_command');
CALL ops.protect('event_store.patient_identities', 'healz_append');
CALL ops.protect('event_store.appointment_slots', 'healz_append');

GRANT SELECT, INSERT, UPDATE ON event_store.idempotency_keys TO healz_append;
GRANT SELECT, INSERT, DELETE ON event_store.patient_identities, event_store.appointment_slots TO healz_append;
GRANT SELECT ON event_store.idempotency_keys TO healz_command;
