-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE SCHEMA analytics;


ALTER SCHEMA analytics OWNER TO healz_migrator;

COMMENT ON SCHEMA analytics IS 'Materialised views for analysts, refreshed by a scheduler.';

GRANT USAGE ON SCHEMA analytics TO healz_reader;
GRANT USAGE ON SCHEMA analytics TO healz_sweeper;
GRANT USAGE ON SCHEMA analytics TO healz_analyst;
GRANT USAGE ON SCHEMA analytics TO healz_relay;
