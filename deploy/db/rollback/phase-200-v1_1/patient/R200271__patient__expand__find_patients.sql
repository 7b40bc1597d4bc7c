SET LOCAL lock_timeout = '5s';

DROP FUNCTION IF EXISTS patient.find_patients;

COMMENT ON COLUMN patient.patient_view.name_search IS 'The name in lower case without accents: what a search is compared with.';
