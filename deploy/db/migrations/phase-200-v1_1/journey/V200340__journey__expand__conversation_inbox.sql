-- What a clinic's inbox asks of a conversation: who waits for whom, since when, who sees to it. Nullable, or with a default:
-- the release before goes on writing the columns that it knows, and a rebuild of the read model fills these of what was said
-- before. Until now only the projector and a sweep read the table.
SET LOCAL lock_timeout = '5s';

ALTER TABLE journey.conversation
    ADD COLUMN version           integer     NOT NULL DEFAULT 0,
    ADD COLUMN initiated_by      text,
    ADD COLUMN started_at        timestamptz,
    ADD COLUMN agent_id          uuid,
    ADD COLUMN messages_received integer     NOT NULL DEFAULT 0,
    ADD COLUMN messages_sent     integer     NOT NULL DEFAULT 0,
    ADD COLUMN last_received_at  timestamptz,
    ADD COLUMN unanswered_since  timestamptz,
    ADD COLUMN escalated_at      timestamptz,
    ADD COLUMN escalation_reason text,
    ADD COLUMN waiting_since     timestamptz,
    ADD COLUMN closed_at         timestamptz,
    ADD COLUMN closed_by         text,
    ADD COLUMN updated_at        timestamptz;

COMMENT ON TABLE journey.conversation
    IS 'One row per conversation: a patient talking with a clinic. Written by projector-journey alone.';
COMMENT ON COLUMN journey.conversation.version
    IS 'The newest aggregate_version that is folded in; the ETag of a single GET.';
COMMENT ON COLUMN journey.conversation.initiated_by IS 'Who began it.';
COMMENT ON COLUMN journey.conversation.started_at IS 'When it began.';
COMMENT ON COLUMN journey.conversation.agent_id IS 'Which person of the clinic sees to it.';
COMMENT ON COLUMN journey.conversation.messages_received IS 'How many messages the patient wrote in it.';
COMMENT ON COLUMN journey.conversation.messages_sent IS 'How many messages the clinic wrote in it.';
COMMENT ON COLUMN journey.conversation.last_received_at
    IS 'When the patient last wrote what wants an answer: anything but a reaction.';
COMMENT ON COLUMN journey.conversation.unanswered_since
    IS 'When the patient wrote the first message that the clinic has not answered; null once it has.';
COMMENT ON COLUMN journey.conversation.escalated_at IS 'Since when a person is asked for; null when nobody is.';
COMMENT ON COLUMN journey.conversation.escalation_reason IS 'Why a person is asked for.';
COMMENT ON COLUMN journey.conversation.waiting_since
    IS 'Since when it waits for the clinic, unanswered or escalated, whichever came first; null when it does not.';
COMMENT ON COLUMN journey.conversation.closed_at IS 'When it was closed.';
COMMENT ON COLUMN journey.conversation.closed_by IS 'Who closed it: bot, agent or system.';
COMMENT ON COLUMN journey.conversation.updated_at IS 'created_at of the last event of the conversation.';

CREATE POLICY clinic_healz_reader ON journey.conversation AS RESTRICTIVE FOR SELECT TO healz_reader
    USING (ops.sees_clinic(clinic_id));
GRANT SELECT ON journey.conversation TO healz_reader;
GRANT SELECT ON journey.patient_contact TO healz_reader;
