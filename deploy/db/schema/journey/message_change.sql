-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE journey.message_change (
    tenant_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    message_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    clinic_id uuid NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    is_deleted boolean NOT NULL,
    content character varying(65536),
    uncut_length integer
)
WITH (fillfactor='80');

ALTER TABLE ONLY journey.message_change FORCE ROW LEVEL SECURITY;


ALTER TABLE journey.message_change OWNER TO healz_migrator;

COMMENT ON TABLE journey.message_change IS 'What a message says since it was edited, or that it was taken back. Written by projector-journey alone.';

COMMENT ON COLUMN journey.message_change.tenant_id IS 'The organisation.';

COMMENT ON COLUMN journey.message_change.conversation_id IS 'The conversation.';

COMMENT ON COLUMN journey.message_change.message_id IS 'The message.';

COMMENT ON COLUMN journey.message_change.patient_id IS 'The patient.';

COMMENT ON COLUMN journey.message_change.clinic_id IS 'The clinic.';

COMMENT ON COLUMN journey.message_change.changed_at IS 'When it was edited last, or taken back.';

COMMENT ON COLUMN journey.message_change.is_deleted IS 'Whether it was taken back.';

COMMENT ON COLUMN journey.message_change.content IS 'What it says now; null once it is taken back or the patient anonymised.';

COMMENT ON COLUMN journey.message_change.uncut_length IS 'How many characters it has now, where content is only their beginning.';

ALTER TABLE ONLY journey.message_change
    ADD CONSTRAINT message_change_pkey PRIMARY KEY (tenant_id, conversation_id, message_id);

CREATE INDEX message_change_patient ON journey.message_change USING btree (tenant_id, patient_id);

CREATE POLICY batch_healz_projector_journey ON journey.message_change TO healz_projector_journey USING ((tenant_id = ANY (( SELECT ops.current_tenants() AS current_tenants)::uuid[]))) WITH CHECK ((tenant_id = ANY (ops.current_tenants())));

CREATE POLICY clinic_healz_reader ON journey.message_change AS RESTRICTIVE FOR SELECT TO healz_reader USING (ops.sees_clinic(clinic_id));

ALTER TABLE journey.message_change ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON journey.message_change TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY tenant_healz_reader ON journey.message_change TO healz_reader USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE journey.message_change TO healz_projector_journey;
GRANT SELECT ON TABLE journey.message_change TO healz_reader;
