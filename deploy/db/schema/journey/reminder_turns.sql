-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE journey.reminder_turns (
    tenant_id uuid NOT NULL,
    reminder_id uuid NOT NULL,
    session_pid integer NOT NULL,
    session_since timestamp with time zone NOT NULL
);

ALTER TABLE ONLY journey.reminder_turns FORCE ROW LEVEL SECURITY;


ALTER TABLE journey.reminder_turns OWNER TO healz_migrator;

COMMENT ON TABLE journey.reminder_turns IS 'Mutex of reminders: one process sends a reminder at a time; the row is its own as long as its session lasts.';

ALTER TABLE ONLY journey.reminder_turns
    ADD CONSTRAINT reminder_turns_pkey PRIMARY KEY (tenant_id, reminder_id);

CREATE POLICY migrator_all ON journey.reminder_turns TO healz_migrator USING (true) WITH CHECK (true);

ALTER TABLE journey.reminder_turns ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant_healz_sweeper ON journey.reminder_turns TO healz_sweeper USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE journey.reminder_turns TO healz_sweeper;
