-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE ops.schema_migrations (
    version text NOT NULL,
    phase text NOT NULL,
    domain text NOT NULL,
    change text NOT NULL,
    checksum text NOT NULL,
    state text NOT NULL,
    applied_by text DEFAULT SESSION_USER NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    duration_ms integer NOT NULL,
    CONSTRAINT schema_migrations_state_check CHECK ((state = ANY (ARRAY['running'::text, 'applied'::text, 'reverting'::text])))
);


ALTER TABLE ops.schema_migrations OWNER TO healz_admin;

COMMENT ON TABLE ops.schema_migrations IS 'Which migrations were applied here; kept by healz-db.';

ALTER TABLE ONLY ops.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);

GRANT SELECT ON TABLE ops.schema_migrations TO healz_command;
