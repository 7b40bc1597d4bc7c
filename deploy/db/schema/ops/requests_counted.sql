-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE UNLOGGED TABLE ops.requests_counted (
    tenant_id uuid NOT NULL,
    minute bigint NOT NULL,
    requests integer NOT NULL,
    requests_before integer NOT NULL
);

ALTER TABLE ONLY ops.requests_counted FORCE ROW LEVEL SECURITY;


ALTER TABLE ops.requests_counted OWNER TO healz_migrator;

COMMENT ON TABLE ops.requests_counted IS 'How many requests of a tenant all processes of the API have answered in its last minute with any, and in the one before.';

COMMENT ON COLUMN ops.requests_counted.minute IS 'Since 1970, by the processes'' own clocks.';

ALTER TABLE ONLY ops.requests_counted
    ADD CONSTRAINT requests_counted_pkey PRIMARY KEY (tenant_id);

CREATE POLICY batch_healz_command ON ops.requests_counted TO healz_command USING ((tenant_id = ANY (( SELECT ops.current_tenants() AS current_tenants)::uuid[]))) WITH CHECK ((tenant_id = ANY (ops.current_tenants())));

CREATE POLICY migrator_all ON ops.requests_counted TO healz_migrator USING (true) WITH CHECK (true);

ALTER TABLE ops.requests_counted ENABLE ROW LEVEL SECURITY;

GRANT SELECT,INSERT ON TABLE ops.requests_counted TO healz_command;

GRANT UPDATE(minute) ON TABLE ops.requests_counted TO healz_command;

GRANT UPDATE(requests) ON TABLE ops.requests_counted TO healz_command;

GRANT UPDATE(requests_before) ON TABLE ops.requests_counted TO healz_command;
