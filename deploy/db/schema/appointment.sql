-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE SCHEMA appointment;


ALTER SCHEMA appointment OWNER TO healz_migrator;

COMMENT ON SCHEMA appointment IS 'The appointment read model; written by projector-appointment alone.';

GRANT USAGE ON SCHEMA appointment TO healz_reader;
GRANT USAGE ON SCHEMA appointment TO healz_projector_appointment;
GRANT USAGE ON SCHEMA appointment TO healz_search;
