-- When the patient came to the reception (AppointmentArrived). Rows that are there already stay without: nobody recorded it.
-- A nullable column without default: the table is locked for a moment and not rewritten.
SET LOCAL lock_timeout = '5s';

ALTER TABLE appointment.appointment_view ADD COLUMN arrived_at timestamptz;

COMMENT ON COLUMN appointment.appointment_view.arrived_at
    IS 'When the patient came to the reception; null again after a reschedule.';
