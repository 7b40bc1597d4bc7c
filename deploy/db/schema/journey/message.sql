-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE journey.message (
    tenant_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    said_at timestamp with time zone NOT NULL,
    message_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    clinic_id uuid NOT NULL,
    sender text NOT NULL,
    media_type text NOT NULL,
    content character varying(65536),
    uncut_length integer,
    details jsonb,
    agent_id uuid,
    sentiment text,
    whatsapp_message_id character varying(255)
);

ALTER TABLE ONLY journey.message FORCE ROW LEVEL SECURITY;


ALTER TABLE journey.message OWNER TO healz_migrator;

COMMENT ON TABLE journey.message IS 'One row per message, as it was said. Written by projector-journey alone.';

COMMENT ON COLUMN journey.message.tenant_id IS 'The organisation.';

COMMENT ON COLUMN journey.message.conversation_id IS 'The conversation.';

COMMENT ON COLUMN journey.message.said_at IS 'When it was written.';

COMMENT ON COLUMN journey.message.message_id IS 'The message.';

COMMENT ON COLUMN journey.message.patient_id IS 'The patient.';

COMMENT ON COLUMN journey.message.clinic_id IS 'The clinic.';

COMMENT ON COLUMN journey.message.sender IS 'Who wrote: patient, bot or agent.';

COMMENT ON COLUMN journey.message.media_type IS 'What kind of message it is.';

COMMENT ON COLUMN journey.message.content IS 'What was written; null once the patient is anonymised.';

COMMENT ON COLUMN journey.message.uncut_length IS 'How many characters were written, where content is only their beginning.';

COMMENT ON COLUMN journey.message.details IS 'What it holds that is no text, as the event has it.';

COMMENT ON COLUMN journey.message.agent_id IS 'Which person wrote, where one did here.';

COMMENT ON COLUMN journey.message.sentiment IS 'Its tone, where somebody judged it.';

COMMENT ON COLUMN journey.message.whatsapp_message_id IS 'The provider''s id, where it had one when it was recorded.';

ALTER TABLE ONLY journey.message
    ADD CONSTRAINT message_pkey PRIMARY KEY (tenant_id, conversation_id, said_at, message_id);

CREATE INDEX message_patient ON journey.message USING btree (tenant_id, patient_id);

CREATE POLICY batch_healz_projector_journey ON journey.message TO healz_projector_journey USING ((tenant_id = ANY (( SELECT ops.current_tenants() AS current_tenants)::uuid[]))) WITH CHECK ((tenant_id = ANY (ops.current_tenants())));

CREATE POLICY clinic_healz_reader ON journey.message AS RESTRICTIVE FOR SELECT TO healz_reader USING (ops.sees_clinic(clinic_id));

ALTER TABLE journey.message ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON journey.message TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY tenant_healz_reader ON journey.message TO healz_reader USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE journey.message TO healz_projector_journey;
GRANT SELECT ON TABLE journey.message TO healz_reader;
