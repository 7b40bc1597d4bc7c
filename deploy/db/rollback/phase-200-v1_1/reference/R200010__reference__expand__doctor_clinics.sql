-- The array is as up to date as the table: the triggers saw to that.
SET LOCAL lock_timeout = '5s';

DROP TABLE reference.doctor_clinics;
DROP TRIGGER doctors_follow_clinic_ids ON reference.doctors;
DROP FUNCTION reference.follow_doctor_clinics();
DROP FUNCTION reference.follow_clinic_ids();

ALTER TABLE reference.doctors ALTER COLUMN clinic_ids DROP DEFAULT;
