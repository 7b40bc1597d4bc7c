-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE SCHEMA patient;


ALTER SCHEMA patient OWNER TO healz_migrator;

COMMENT ON SCHEMA patient IS 'The patient read model; written by projector-patient alone.';

GRANT USAGE ON SCHEMA patient TO healz_reader;
GRANT USAGE ON SCHEMA patient TO healz_projector_patient;
GRANT USAGE ON SCHEMA patient TO healz_search;
