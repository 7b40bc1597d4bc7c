-- Takes V200301 back. What was said is in the log: a refold with the column there brings it back.
SET LOCAL lock_timeout = '5s';

ALTER TABLE appointment.appointment_view DROP COLUMN on_whose_account;
