-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE analytics.analyst_logins (
    tenant_id uuid NOT NULL,
    login name NOT NULL
);

ALTER TABLE ONLY analytics.analyst_logins FORCE ROW LEVEL SECURITY;


ALTER TABLE analytics.analyst_logins OWNER TO healz_migrator;

COMMENT ON TABLE analytics.analyst_logins IS 'Which tenant an analyst''s login is for. Their SQL is free, so it can''t come from a setting that they could change.';

ALTER TABLE ONLY analytics.analyst_logins
    ADD CONSTRAINT analyst_logins_pkey PRIMARY KEY (tenant_id, login);

ALTER TABLE analytics.analyst_logins ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON analytics.analyst_logins TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY own_login ON analytics.analyst_logins FOR SELECT TO healz_analyst USING ((login = SESSION_USER));

GRANT SELECT ON TABLE analytics.analyst_logins TO healz_analyst;
GRANT SELECT ON TABLE analytics.analyst_logins TO healz_reader;
