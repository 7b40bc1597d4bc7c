-- Takes V200400 back. A rebuild with the columns there fills them again.
SET LOCAL lock_timeout = '5s';

ALTER TABLE patient.patient_view DROP COLUMN merged_into, DROP COLUMN other_phone;
