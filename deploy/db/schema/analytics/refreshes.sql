-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE analytics.refreshes (
    view_name text NOT NULL,
    refreshed_at timestamp with time zone NOT NULL,
    duration_ms integer NOT NULL
);


ALTER TABLE analytics.refreshes OWNER TO healz_migrator;

COMMENT ON TABLE analytics.refreshes IS 'When each materialised view was refreshed.';

ALTER TABLE ONLY analytics.refreshes
    ADD CONSTRAINT refreshes_pkey PRIMARY KEY (view_name);

GRANT SELECT,INSERT,UPDATE ON TABLE analytics.refreshes TO healz_sweeper;
GRANT SELECT ON TABLE analytics.refreshes TO healz_relay;
