-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE SCHEMA event_store;


ALTER SCHEMA event_store OWNER TO healz_migrator;

COMMENT ON SCHEMA event_store IS 'The truth: an append-only log of events for each tenant, and the guards that an append checks.';

GRANT USAGE ON SCHEMA event_store TO healz_command;
GRANT USAGE ON SCHEMA event_store TO healz_reader;
GRANT USAGE ON SCHEMA event_store TO healz_relay;
GRANT USAGE ON SCHEMA event_store TO healz_projector;
GRANT USAGE ON SCHEMA event_store TO healz_append;
GRANT USAGE ON SCHEMA event_store TO healz_sweeper;
