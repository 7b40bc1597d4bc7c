-- Takes V200340 back. What the columns said is in the log: a rebuild with the columns there brings it back.
SET LOCAL lock_timeout = '5s';

REVOKE SELECT ON journey.patient_contact FROM healz_reader;
REVOKE SELECT ON journey.conversation FROM healz_reader;
DROP POLICY clinic_healz_reader ON journey.conversation;

ALTER TABLE journey.conversation
    DROP COLUMN version,
    DROP COLUMN initiated_by,
    DROP COLUMN started_at,
    DROP COLUMN agent_id,
    DROP COLUMN messages_received,
    DROP COLUMN messages_sent,
    DROP COLUMN last_received_at,
    DROP COLUMN unanswered_since,
    DROP COLUMN escalated_at,
    DROP COLUMN escalation_reason,
    DROP COLUMN waiting_since,
    DROP COLUMN closed_at,
    DROP COLUMN closed_by,
    DROP COLUMN updated_at;

COMMENT ON TABLE journey.conversation IS 'Internal: the conversations of a patient, for the escalation flag and the sweep that closes silent ones. Written by projector-journey alone.';
