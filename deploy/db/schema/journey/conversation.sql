-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE journey.conversation (
    tenant_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    clinic_id uuid NOT NULL,
    status text NOT NULL,
    last_message_at timestamp with time zone NOT NULL,
    version integer DEFAULT 0 NOT NULL,
    initiated_by text,
    started_at timestamp with time zone,
    agent_id uuid,
    messages_received integer DEFAULT 0 NOT NULL,
    messages_sent integer DEFAULT 0 NOT NULL,
    last_received_at timestamp with time zone,
    unanswered_since timestamp with time zone,
    escalated_at timestamp with time zone,
    escalation_reason text,
    waiting_since timestamp with time zone,
    closed_at timestamp with time zone,
    closed_by text,
    updated_at timestamp with time zone
)
WITH (fillfactor='80');

ALTER TABLE ONLY journey.conversation FORCE ROW LEVEL SECURITY;


ALTER TABLE journey.conversation OWNER TO healz_migrator;

COMMENT ON TABLE journey.conversation IS 'One row per conversation: a patient talking with a clinic. Written by projector-journey alone.';

COMMENT ON COLUMN journey.conversation.tenant_id IS 'The organisation.';

COMMENT ON COLUMN journey.conversation.conversation_id IS 'The conversation.';

COMMENT ON COLUMN journey.conversation.patient_id IS 'The patient.';

COMMENT ON COLUMN journey.conversation.clinic_id IS 'The clinic.';

COMMENT ON COLUMN journey.conversation.status IS 'initiated, active, awaiting_response, escalated or closed.';

COMMENT ON COLUMN journey.conversation.last_message_at IS 'The latest message, to or from the patient; when it was started, until there is one.';

COMMENT ON COLUMN journey.conversation.version IS 'The newest aggregate_version that is folded in; the ETag of a single GET.';

COMMENT ON COLUMN journey.conversation.initiated_by IS 'Who began it.';

COMMENT ON COLUMN journey.conversation.started_at IS 'When it began.';

COMMENT ON COLUMN journey.conversation.agent_id IS 'Which person of the clinic sees to it.';

COMMENT ON COLUMN journey.conversation.messages_received IS 'How many messages the patient wrote in it.';

COMMENT ON COLUMN journey.conversation.messages_sent IS 'How many messages the clinic wrote in it.';

COMMENT ON COLUMN journey.conversation.last_received_at IS 'When the patient last wrote what wants an answer: anything but a reaction.';

COMMENT ON COLUMN journey.conversation.unanswered_since IS 'When the patient wrote the first message that the clinic has not answered; null once it has.';

COMMENT ON COLUMN journey.conversation.escalated_at IS 'Since when a person is asked for; null when nobody is.';

COMMENT ON COLUMN journey.conversation.escalation_reason IS 'Why a person is asked for.';

COMMENT ON COLUMN journey.conversation.waiting_since IS 'Since when it waits for the clinic, unanswered or escalated, whichever came first; null when it does not.';

COMMENT ON COLUMN journey.conversation.closed_at IS 'When it was closed.';

COMMENT ON COLUMN journey.conversation.closed_by IS 'Who closed it: bot, agent or system.';

COMMENT ON COLUMN journey.conversation.updated_at IS 'created_at of the last event of the conversation.';

ALTER TABLE ONLY journey.conversation
    ADD CONSTRAINT conversation_pkey PRIMARY KEY (tenant_id, conversation_id);

CREATE INDEX conversation_agent ON journey.conversation USING btree (tenant_id, agent_id) WHERE ((status <> 'closed'::text) AND (agent_id IS NOT NULL));

CREATE INDEX conversation_clinic_idle ON journey.conversation USING btree (tenant_id, clinic_id, last_message_at, conversation_id) WHERE ((status <> 'closed'::text) AND (waiting_since IS NULL));

CREATE INDEX conversation_clinic_waiting ON journey.conversation USING btree (tenant_id, clinic_id, waiting_since, conversation_id) WHERE (waiting_since IS NOT NULL);

CREATE INDEX conversation_idle ON journey.conversation USING btree (tenant_id, last_message_at, conversation_id) WHERE ((status <> 'closed'::text) AND (waiting_since IS NULL));

CREATE INDEX conversation_patient ON journey.conversation USING btree (tenant_id, patient_id);

CREATE INDEX conversation_silent ON journey.conversation USING btree (tenant_id, last_message_at) WHERE (status <> 'closed'::text);

CREATE INDEX conversation_waiting ON journey.conversation USING btree (tenant_id, waiting_since, conversation_id) WHERE (waiting_since IS NOT NULL);

CREATE POLICY batch_healz_projector_journey ON journey.conversation TO healz_projector_journey USING ((tenant_id = ANY (( SELECT ops.current_tenants() AS current_tenants)::uuid[]))) WITH CHECK ((tenant_id = ANY (ops.current_tenants())));

CREATE POLICY clinic_healz_reader ON journey.conversation AS RESTRICTIVE FOR SELECT TO healz_reader USING (ops.sees_clinic(clinic_id));

ALTER TABLE journey.conversation ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON journey.conversation TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY tenant_healz_reader ON journey.conversation TO healz_reader USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

CREATE POLICY tenant_healz_sweeper ON journey.conversation FOR SELECT TO healz_sweeper USING ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE journey.conversation TO healz_projector_journey;
GRANT SELECT ON TABLE journey.conversation TO healz_sweeper;
GRANT SELECT ON TABLE journey.conversation TO healz_reader;
