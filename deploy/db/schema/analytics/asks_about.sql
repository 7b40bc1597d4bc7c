-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION analytics.asks_about(p_clinic_id uuid) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN (pg_has_role(SESSION_USER, 'healz_analyst'::name, 'MEMBER'::text) OR ops.sees_clinic(p_clinic_id));


ALTER FUNCTION analytics.asks_about(p_clinic_id uuid) OWNER TO healz_migrator;

COMMENT ON FUNCTION analytics.asks_about(p_clinic_id uuid) IS 'Whether who asks has this clinic in scope: an analyst has all of them.';

REVOKE ALL ON FUNCTION analytics.asks_about(p_clinic_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION analytics.asks_about(p_clinic_id uuid) TO healz_reader;
GRANT ALL ON FUNCTION analytics.asks_about(p_clinic_id uuid) TO healz_analyst;
