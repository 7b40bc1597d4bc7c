-- Takes V200303 back.
SET LOCAL lock_timeout = '5s';

COMMENT ON COLUMN appointment.appointment_view.doctor_id IS 'With whom.';
COMMENT ON COLUMN appointment.appointment_view.doctor_name IS 'The doctor''s name on the day of the booking.';
