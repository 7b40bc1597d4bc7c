-- Doctor, duration and type of a live appointment can be changed (AppointmentChanged).
SET LOCAL lock_timeout = '5s';

COMMENT ON COLUMN appointment.appointment_view.doctor_id IS 'With whom, after the last change.';
COMMENT ON COLUMN appointment.appointment_view.doctor_name
    IS 'The doctor''s name on the day of the booking, or of the last change.';
