-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE SCHEMA journey;


ALTER SCHEMA journey OWNER TO healz_migrator;

COMMENT ON SCHEMA journey IS 'The journey read model; written by projector-journey alone. And the turns of reminders.';

GRANT USAGE ON SCHEMA journey TO healz_reader;
GRANT USAGE ON SCHEMA journey TO healz_projector_journey;
GRANT USAGE ON SCHEMA journey TO healz_sweeper;
GRANT USAGE ON SCHEMA journey TO healz_search;
