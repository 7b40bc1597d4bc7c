-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE journey.message_status (
    tenant_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    message_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    clinic_id uuid NOT NULL,
    status text NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    error character varying(500),
    whatsapp_message_id character varying(255)
)
WITH (fillfactor='80');

ALTER TABLE ONLY journey.message_status FORCE ROW LEVEL SECURITY;


ALTER TABLE journey.message_status OWNER TO healz_migrator;

COMMENT ON TABLE journey.message_status IS 'How far a message to the patient got, where that was told. Written by projector-journey alone.';

COMMENT ON COLUMN journey.message_status.tenant_id IS 'The organisation.';

COMMENT ON COLUMN journey.message_status.conversation_id IS 'The conversation.';

COMMENT ON COLUMN journey.message_status.message_id IS 'The message.';

COMMENT ON COLUMN journey.message_status.patient_id IS 'The patient.';

COMMENT ON COLUMN journey.message_status.clinic_id IS 'The clinic.';

COMMENT ON COLUMN journey.message_status.status IS 'sent, failed, delivered or read.';

COMMENT ON COLUMN journey.message_status.changed_at IS 'Since when.';

COMMENT ON COLUMN journey.message_status.error IS 'What the provider answered, where it failed.';

COMMENT ON COLUMN journey.message_status.whatsapp_message_id IS 'The provider''s id, as the newest status named it.';

ALTER TABLE ONLY journey.message_status
    ADD CONSTRAINT message_status_pkey PRIMARY KEY (tenant_id, conversation_id, message_id);

CREATE INDEX message_status_patient ON journey.message_status USING btree (tenant_id, patient_id);

CREATE POLICY batch_healz_projector_journey ON journey.message_status TO healz_projector_journey USING ((tenant_id = ANY (( SELECT ops.current_tenants() AS current_tenants)::uuid[]))) WITH CHECK ((tenant_id = ANY (ops.current_tenants())));

CREATE POLICY clinic_healz_reader ON journey.message_status AS RESTRICTIVE FOR SELECT TO healz_reader USING (ops.sees_clinic(clinic_id));

ALTER TABLE journey.message_status ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON journey.message_status TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY tenant_healz_reader ON journey.message_status TO healz_reader USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE journey.message_status TO healz_projector_journey;
GRANT SELECT ON TABLE journey.message_status TO healz_reader;
