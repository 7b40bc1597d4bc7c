-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION ops.missing_partitions(p_months_ahead integer DEFAULT 3) RETURNS SETOF date
    LANGUAGE sql STABLE
    AS $$
    SELECT m.month::date
      FROM generate_series(0, p_months_ahead) AS g (n)
     CROSS JOIN LATERAL (SELECT date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => g.n)) AS m (month)
     WHERE to_regclass('event_store.events_' || to_char(m.month, 'YYYY_MM')) IS NULL
     ORDER BY m.month
$$;


ALTER FUNCTION ops.missing_partitions(p_months_ahead integer) OWNER TO healz_migrator;

COMMENT ON FUNCTION ops.missing_partitions(p_months_ahead integer) IS 'The months, this one and those ahead, that have no partition; each by its first day.';

REVOKE ALL ON FUNCTION ops.missing_partitions(p_months_ahead integer) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.missing_partitions(p_months_ahead integer) TO healz_relay;
