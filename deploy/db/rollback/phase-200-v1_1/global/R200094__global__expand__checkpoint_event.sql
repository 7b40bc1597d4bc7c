-- Checkpoints are positions alone again.
SET LOCAL lock_timeout = '5s';

ALTER TABLE patient.checkpoint
    DROP COLUMN event_id,
    DROP COLUMN event_position;

ALTER TABLE appointment.checkpoint
    DROP COLUMN event_id,
    DROP COLUMN event_position;

ALTER TABLE journey.checkpoint
    DROP COLUMN event_id,
    DROP COLUMN event_position;
