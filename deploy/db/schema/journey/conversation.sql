-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE journey.conversation (
    tenant_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    clinic_id uuid NOT NULL,
    status text NOT NULL,
    last_message_at timestamp with time zone NOT NULL
)
WITH (fillfactor='80');

ALTER TABLE ONLY journey.conversation FORCE ROW LEVEL SECURITY;


ALTER TABLE journey.conversation OWNER TO healz_migrator;

COMMENT ON TABLE journey.conversation IS 'Internal: the conversations of a patient, for the escalation flag and the sweep that closes silent ones. Written by projector-journey alone.';

COMMENT ON COLUMN journey.conversation.tenant_id IS 'The organisation.';

COMMENT ON COLUMN journey.conversation.conversation_id IS 'The conversation.';

COMMENT ON COLUMN journey.conversation.patient_id IS 'The patient.';

COMMENT ON COLUMN journey.conversation.clinic_id IS 'The clinic.';

COMMENT ON COLUMN journey.conversation.status IS 'initiated, active, awaiting_response, escalated or closed.';

COMMENT ON COLUMN journey.conversation.last_message_at IS 'The latest message, to or from the patient; when it was started, until there is one.';

ALTER TABLE ONLY journey.conversation
    ADD CONSTRAINT conversation_pkey PRIMARY KEY (tenant_id, conversation_id);

CREATE INDEX conversation_patient ON journey.conversation USING btree (tenant_id, patient_id);

CREATE INDEX conversation_silent ON journey.conversation USING btree (tenant_id, last_message_at) WHERE (status <> 'closed'::text);

CREATE POLICY batch_healz_projector_journey ON journey.conversation TO healz_projector_journey USING ((tenant_id = ANY (( SELECT ops.current_tenants() AS current_tenants)::uuid[]))) WITH CHECK ((tenant_id = ANY (ops.current_tenants())));

ALTER TABLE journey.conversation ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON journey.conversation TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY tenant_healz_reader ON journey.conversation TO healz_reader USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

CREATE POLICY tenant_healz_sweeper ON journey.conversation FOR SELECT TO healz_sweeper USING ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE journey.conversation TO healz_projector_journey;
GRANT SELECT ON TABLE journey.conversation TO healz_sweeper;
