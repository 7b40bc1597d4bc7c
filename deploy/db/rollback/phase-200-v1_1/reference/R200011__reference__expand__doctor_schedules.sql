-- Opening hours stay; the schedules, and who had said "never open", are gone.
SET LOCAL lock_timeout = '5s';

DROP TABLE reference.doctor_schedules;
ALTER TABLE reference.doctors DROP COLUMN keeps_schedule;
ALTER TABLE reference.clinics DROP COLUMN keeps_hours;
