-- Takes V200302 back. A rebuild with the column there fills it again.
SET LOCAL lock_timeout = '5s';

ALTER TABLE patient.patient_view DROP COLUMN latest;
