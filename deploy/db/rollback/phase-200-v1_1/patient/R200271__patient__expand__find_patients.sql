SET LOCAL lock_timeout = '5s';

DROP FUNCTION IF EXISTS patient.find_patients;
