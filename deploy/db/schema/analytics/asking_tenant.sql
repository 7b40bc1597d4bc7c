-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION analytics.asking_tenant() RETURNS uuid
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN pg_has_role(session_user, 'healz_analyst', 'MEMBER')
                THEN (SELECT CASE WHEN count(*) = 1 THEN (array_agg(l.tenant_id))[1] END
                        FROM analytics.analyst_logins AS l WHERE l.login = session_user)
                ELSE ops.current_tenant() END
$$;


ALTER FUNCTION analytics.asking_tenant() OWNER TO healz_migrator;

COMMENT ON FUNCTION analytics.asking_tenant() IS 'The tenant of who asks: an analyst''s by their login, everybody else''s by the transaction''s setting. A login that is written down for two tenants sees neither.';

REVOKE ALL ON FUNCTION analytics.asking_tenant() FROM PUBLIC;
GRANT ALL ON FUNCTION analytics.asking_tenant() TO healz_reader;
GRANT ALL ON FUNCTION analytics.asking_tenant() TO healz_analyst;
