-- The projector's own: the conversations of a patient, for the flag of an open escalation and for whoever looks for
-- conversations that fell silent.
SET LOCAL lock_timeout = '5s';

CREATE TABLE journey.conversation (
    tenant_id       uuid        NOT NULL,
    conversation_id uuid        NOT NULL,
    patient_id      uuid        NOT NULL,
    clinic_id       uuid        NOT NULL,
    status          text        NOT NULL,
    last_message_at timestamptz NOT NULL,  -- when it was started, until there is a message
    PRIMARY KEY (tenant_id, conversation_id)
) WITH (fillfactor = 80);

CREATE INDEX conversation_patient ON journey.conversation (tenant_id, patient_id);
CREATE INDEX conversation_silent  ON journey.conversation (tenant_id, last_message_at) WHERE status <> 'closed';

CALL ops.protect_read_model('journey.conversation', 'healz_projector_journey');
REVOKE SELECT ON journey.conversation FROM healz_reader;
