-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE event_store.events (
    tenant_id uuid NOT NULL,
    "position" bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    schema_version integer NOT NULL,
    aggregate_type text NOT NULL,
    aggregate_id uuid NOT NULL,
    aggregate_version integer NOT NULL,
    patient_id uuid NOT NULL,
    clinic_id uuid,
    causation_id uuid,
    correlation_id uuid NOT NULL,
    user_id uuid,
    event_data jsonb NOT NULL,
    metadata jsonb
)
PARTITION BY RANGE (created_at);

ALTER TABLE ONLY event_store.events FORCE ROW LEVEL SECURITY;


ALTER TABLE event_store.events OWNER TO healz_migrator;

COMMENT ON TABLE event_store.events IS 'The log. Append-only: no role of a service holds UPDATE or DELETE. Partitioned by month of created_at; two indexes, each with its reader (V100001 says what others would cost).';

CREATE TABLE event_store.events_default (
    tenant_id uuid CONSTRAINT events_tenant_id_not_null NOT NULL,
    "position" bigint CONSTRAINT events_position_not_null NOT NULL,
    created_at timestamp with time zone CONSTRAINT events_created_at_not_null NOT NULL,
    event_id uuid CONSTRAINT events_event_id_not_null NOT NULL,
    event_type text CONSTRAINT events_event_type_not_null NOT NULL,
    schema_version integer CONSTRAINT events_schema_version_not_null NOT NULL,
    aggregate_type text CONSTRAINT events_aggregate_type_not_null NOT NULL,
    aggregate_id uuid CONSTRAINT events_aggregate_id_not_null NOT NULL,
    aggregate_version integer CONSTRAINT events_aggregate_version_not_null NOT NULL,
    patient_id uuid CONSTRAINT events_patient_id_not_null NOT NULL,
    clinic_id uuid,
    causation_id uuid,
    correlation_id uuid CONSTRAINT events_correlation_id_not_null NOT NULL,
    user_id uuid,
    event_data jsonb CONSTRAINT events_event_data_not_null NOT NULL,
    metadata jsonb
);

ALTER TABLE ONLY event_store.events_default FORCE ROW LEVEL SECURITY;


ALTER TABLE event_store.events_default OWNER TO healz_migrator;

COMMENT ON TABLE event_store.events_default IS 'What should never come: ops.ensure_partitions makes the months ahead.';

ALTER TABLE ONLY event_store.events ATTACH PARTITION event_store.events_default DEFAULT;

ALTER TABLE ONLY event_store.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (tenant_id, "position", created_at);

ALTER TABLE ONLY event_store.events_default
    ADD CONSTRAINT events_default_pkey PRIMARY KEY (tenant_id, "position", created_at);

CREATE INDEX events_anonymized ON ONLY event_store.events USING btree (tenant_id, patient_id) WHERE (event_type = 'PatientAnonymized'::text);

CREATE INDEX events_correlation ON ONLY event_store.events USING btree (tenant_id, correlation_id, "position");

CREATE INDEX events_default_anonymized ON event_store.events_default USING btree (tenant_id, patient_id) WHERE (event_type = 'PatientAnonymized'::text);

CREATE INDEX events_default_correlation ON event_store.events_default USING btree (tenant_id, correlation_id, "position");

CREATE INDEX events_medical ON ONLY event_store.events USING btree (tenant_id, patient_id, "position") WHERE (event_type = 'PatientMedicalHistoryUpdated'::text);

CREATE INDEX events_default_medical ON event_store.events_default USING btree (tenant_id, patient_id, "position") WHERE (event_type = 'PatientMedicalHistoryUpdated'::text);

CREATE INDEX events_patient ON ONLY event_store.events USING btree (tenant_id, patient_id, "position");

CREATE INDEX events_default_tenant_id_patient_id_position_idx ON event_store.events_default USING btree (tenant_id, patient_id, "position");

ALTER INDEX event_store.events_anonymized ATTACH PARTITION event_store.events_default_anonymized;

ALTER INDEX event_store.events_correlation ATTACH PARTITION event_store.events_default_correlation;

ALTER INDEX event_store.events_medical ATTACH PARTITION event_store.events_default_medical;

ALTER INDEX event_store.events_pkey ATTACH PARTITION event_store.events_default_pkey;

ALTER INDEX event_store.events_patient ATTACH PARTITION event_store.events_default_tenant_id_patient_id_position_idx;

CREATE POLICY batch_projector ON event_store.events FOR SELECT TO healz_projector USING ((tenant_id = ANY (( SELECT ops.current_tenants() AS current_tenants)::uuid[])));

CREATE POLICY clinic_healz_reader ON event_store.events AS RESTRICTIVE FOR SELECT TO healz_reader USING (((clinic_id IS NULL) OR ops.sees_clinic(clinic_id)));

ALTER TABLE event_store.events ENABLE ROW LEVEL SECURITY;

ALTER TABLE event_store.events_default ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON event_store.events TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY migrator_all ON event_store.events_default TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY relay_all ON event_store.events FOR SELECT TO healz_relay USING (true);

CREATE POLICY tenant_healz_append ON event_store.events TO healz_append USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

CREATE POLICY tenant_healz_command ON event_store.events TO healz_command USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

CREATE POLICY tenant_healz_reader ON event_store.events TO healz_reader USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT INSERT ON TABLE event_store.events TO healz_append;
GRANT SELECT ON TABLE event_store.events TO healz_command;
GRANT SELECT ON TABLE event_store.events TO healz_reader;
GRANT SELECT ON TABLE event_store.events TO healz_relay;
GRANT SELECT ON TABLE event_store.events TO healz_projector;
