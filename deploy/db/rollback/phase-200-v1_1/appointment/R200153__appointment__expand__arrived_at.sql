-- Takes V200153 back. The arrivals are in the log: a refold with the column there brings them back.
SET LOCAL lock_timeout = '5s';

ALTER TABLE appointment.appointment_view DROP COLUMN arrived_at;
