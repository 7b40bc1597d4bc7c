-- What was said in conversations. A message is a row that is written once, in the order in which pages are read; what is told of
-- it later, how far it got, that it was edited or taken back, are rows of their own by the message's id. So the projector writes
-- what one event says without a look at what was there, however large the tables are.
SET LOCAL lock_timeout = '5s';

CREATE TABLE journey.message (
    tenant_id           uuid           NOT NULL,
    conversation_id     uuid           NOT NULL,
    said_at             timestamptz    NOT NULL,
    message_id          uuid           NOT NULL,
    patient_id          uuid           NOT NULL,
    clinic_id           uuid           NOT NULL,
    sender              text           NOT NULL,
    media_type          text           NOT NULL,
    content             varchar(65536),
    uncut_length        integer,
    details             jsonb,
    agent_id            uuid,
    sentiment           text,
    whatsapp_message_id varchar(255),
    PRIMARY KEY (tenant_id, conversation_id, said_at, message_id)
);

CREATE TABLE journey.message_status (
    tenant_id           uuid        NOT NULL,
    conversation_id     uuid        NOT NULL,
    message_id          uuid        NOT NULL,
    patient_id          uuid        NOT NULL,
    clinic_id           uuid        NOT NULL,
    status              text        NOT NULL,
    changed_at          timestamptz NOT NULL,
    error               varchar(500),
    whatsapp_message_id varchar(255),
    PRIMARY KEY (tenant_id, conversation_id, message_id)
) WITH (fillfactor = 80);

CREATE TABLE journey.message_change (
    tenant_id       uuid        NOT NULL,
    conversation_id uuid        NOT NULL,
    message_id      uuid        NOT NULL,
    patient_id      uuid        NOT NULL,
    clinic_id       uuid        NOT NULL,
    changed_at      timestamptz NOT NULL,
    is_deleted      boolean     NOT NULL,
    content         varchar(65536),
    uncut_length    integer,
    PRIMARY KEY (tenant_id, conversation_id, message_id)
) WITH (fillfactor = 80);

-- Of a patient: to forget them, and to compare their rows with the log.
CREATE INDEX message_patient        ON journey.message        (tenant_id, patient_id);
CREATE INDEX message_status_patient ON journey.message_status (tenant_id, patient_id);
CREATE INDEX message_change_patient ON journey.message_change (tenant_id, patient_id);

CALL ops.protect_read_model('journey.message', 'healz_projector_journey');
CALL ops.protect_read_model('journey.message_status', 'healz_projector_journey');
CALL ops.protect_read_model('journey.message_change', 'healz_projector_journey');
CREATE POLICY clinic_healz_reader ON journey.message AS RESTRICTIVE FOR SELECT TO healz_reader
    USING (ops.sees_clinic(clinic_id));
CREATE POLICY clinic_healz_reader ON journey.message_status AS RESTRICTIVE FOR SELECT TO healz_reader
    USING (ops.sees_clinic(clinic_id));
CREATE POLICY clinic_healz_reader ON journey.message_change AS RESTRICTIVE FOR SELECT TO healz_reader
    USING (ops.sees_clinic(clinic_id));

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
COMMENT ON COLUMN journey.message.uncut_length
    IS 'How many characters were written, where content is only their beginning.';
COMMENT ON COLUMN journey.message.details IS 'What it holds that is no text, as the event has it.';
COMMENT ON COLUMN journey.message.agent_id IS 'Which person wrote, where one did here.';
COMMENT ON COLUMN journey.message.sentiment IS 'Its tone, where somebody judged it.';
COMMENT ON COLUMN journey.message.whatsapp_message_id IS 'The provider''s id, where it had one when it was recorded.';
COMMENT ON TABLE journey.message_status
    IS 'How far a message to the patient got, where that was told. Written by projector-journey alone.';
COMMENT ON COLUMN journey.message_status.tenant_id IS 'The organisation.';
COMMENT ON COLUMN journey.message_status.conversation_id IS 'The conversation.';
COMMENT ON COLUMN journey.message_status.message_id IS 'The message.';
COMMENT ON COLUMN journey.message_status.patient_id IS 'The patient.';
COMMENT ON COLUMN journey.message_status.clinic_id IS 'The clinic.';
COMMENT ON COLUMN journey.message_status.status IS 'sent, failed, delivered or read.';
COMMENT ON COLUMN journey.message_status.changed_at IS 'Since when.';
COMMENT ON COLUMN journey.message_status.error IS 'What the provider answered, where it failed.';
COMMENT ON COLUMN journey.message_status.whatsapp_message_id IS 'The provider''s id, as the newest status named it.';
COMMENT ON TABLE journey.message_change
    IS 'What a message says since it was edited, or that it was taken back. Written by projector-journey alone.';
COMMENT ON COLUMN journey.message_change.tenant_id IS 'The organisation.';
COMMENT ON COLUMN journey.message_change.conversation_id IS 'The conversation.';
COMMENT ON COLUMN journey.message_change.message_id IS 'The message.';
COMMENT ON COLUMN journey.message_change.patient_id IS 'The patient.';
COMMENT ON COLUMN journey.message_change.clinic_id IS 'The clinic.';
COMMENT ON COLUMN journey.message_change.changed_at IS 'When it was edited last, or taken back.';
COMMENT ON COLUMN journey.message_change.is_deleted IS 'Whether it was taken back.';
COMMENT ON COLUMN journey.message_change.content
    IS 'What it says now; null once it is taken back or the patient anonymised.';
COMMENT ON COLUMN journey.message_change.uncut_length
    IS 'How many characters it has now, where content is only their beginning.';
