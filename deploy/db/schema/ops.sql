-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE SCHEMA ops;


ALTER SCHEMA ops OWNER TO healz_migrator;

COMMENT ON SCHEMA ops IS 'What operates the database: migrations, tenants'' scope, partitions, halted tenants, logins.';

GRANT USAGE ON SCHEMA ops TO healz_command;
GRANT USAGE ON SCHEMA ops TO healz_reader;
GRANT USAGE ON SCHEMA ops TO healz_relay;
GRANT USAGE ON SCHEMA ops TO healz_projector;
GRANT USAGE ON SCHEMA ops TO healz_append;
GRANT USAGE ON SCHEMA ops TO healz_search;
GRANT USAGE ON SCHEMA ops TO healz_sweeper;
GRANT USAGE ON SCHEMA ops TO healz_analyst;
