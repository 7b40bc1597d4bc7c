-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION ops.end_analyses(p_transaction_max interval DEFAULT '00:06:00'::interval, p_idle_max interval DEFAULT '02:00:00'::interval) RETURNS integer
    LANGUAGE sql
    AS $$
    SELECT count(*) FILTER (WHERE pg_terminate_backend(a.pid))::integer
      FROM pg_stat_activity AS a
      JOIN pg_roles         AS r ON r.oid = a.usesysid
     WHERE a.datname = current_database()
       AND NOT r.rolsuper
       AND pg_has_role(a.usesysid, 'healz_analyst', 'MEMBER')
       AND (a.xact_start < clock_timestamp() - p_transaction_max OR a.state_change < clock_timestamp() - p_idle_max)
$$;


ALTER FUNCTION ops.end_analyses(p_transaction_max interval, p_idle_max interval) OWNER TO healz_admin;

COMMENT ON FUNCTION ops.end_analyses(p_transaction_max interval, p_idle_max interval) IS 'For a scheduler, every minute: ends analysts'' sessions that go beyond their bounds, and returns how many.';

REVOKE ALL ON FUNCTION ops.end_analyses(p_transaction_max interval, p_idle_max interval) FROM PUBLIC;
