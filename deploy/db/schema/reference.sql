-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE SCHEMA reference;


ALTER SCHEMA reference OWNER TO healz_migrator;

COMMENT ON SCHEMA reference IS 'Reference data: not event-sourced, kept by PUT.';

GRANT USAGE ON SCHEMA reference TO healz_command;
GRANT USAGE ON SCHEMA reference TO healz_reader;
GRANT USAGE ON SCHEMA reference TO healz_sweeper;
