-- Takes V200300 back.
SET LOCAL lock_timeout = '5s';

COMMENT ON COLUMN patient.patient_view.cancelled_appointments IS 'How many were cancelled.';
COMMENT ON COLUMN journey.journey_view.cancelled_appointments IS 'How many were cancelled.';
