-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE patient.verification (
    verified_at timestamp with time zone DEFAULT now() NOT NULL,
    share double precision NOT NULL,
    tenants integer NOT NULL,
    patients bigint NOT NULL,
    events bigint NOT NULL,
    wrong bigint NOT NULL,
    parked bigint NOT NULL,
    not_done integer NOT NULL,
    CONSTRAINT verification_events_check CHECK ((events >= 0)),
    CONSTRAINT verification_not_done_check CHECK ((not_done >= 0)),
    CONSTRAINT verification_parked_check CHECK ((parked >= 0)),
    CONSTRAINT verification_patients_check CHECK ((patients >= 0)),
    CONSTRAINT verification_share_check CHECK (((share > (0)::double precision) AND (share <= (1)::double precision))),
    CONSTRAINT verification_tenants_check CHECK ((tenants >= 0)),
    CONSTRAINT verification_wrong_check CHECK ((wrong >= 0))
);


ALTER TABLE patient.verification OWNER TO healz_migrator;

COMMENT ON TABLE patient.verification IS 'What the last verifies of all tenants have found: a row each, with numbers alone.';

COMMENT ON COLUMN patient.verification.share IS 'Of the patients; below 1 they were taken at random.';

COMMENT ON COLUMN patient.verification.wrong IS 'Rows, and checkpoints that are not of this log.';

COMMENT ON COLUMN patient.verification.not_done IS 'Tenants that could not be compared.';

ALTER TABLE ONLY patient.verification
    ADD CONSTRAINT verification_pkey PRIMARY KEY (verified_at);

GRANT SELECT,INSERT,DELETE ON TABLE patient.verification TO healz_projector_patient;
