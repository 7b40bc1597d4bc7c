-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE ops.schema_seeds (
    file text NOT NULL,
    version text NOT NULL,
    phase text NOT NULL,
    checksum text NOT NULL,
    lines_done integer NOT NULL,
    done boolean NOT NULL,
    applied_by text DEFAULT SESSION_USER NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);


ALTER TABLE ops.schema_seeds OWNER TO healz_admin;

COMMENT ON TABLE ops.schema_seeds IS 'Which seeds were run here, and how far; kept by healz-db.';

ALTER TABLE ONLY ops.schema_seeds
    ADD CONSTRAINT schema_seeds_pkey PRIMARY KEY (file);
