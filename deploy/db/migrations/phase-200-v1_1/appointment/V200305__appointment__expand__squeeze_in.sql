-- Whether an appointment was squeezed in beside another of the doctor's. Nobody could before: a constant default, and the table is
-- not rewritten.
SET LOCAL lock_timeout = '5s';

ALTER TABLE appointment.appointment_view ADD COLUMN squeeze_in boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN appointment.appointment_view.squeeze_in
    IS 'Whether it was squeezed in, beside what the doctor has then; an imported one, whether the doctor had another then.';
