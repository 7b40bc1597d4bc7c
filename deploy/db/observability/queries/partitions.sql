-- Which months event_store.events has partitions for, which are missing of this and the next three, what lies in the default.
-- Normal: all there, nothing in the default. As healz_migrator: `CALL ops.ensure_partitions(3)` makes what is missing (why did
-- the daily job not?), `SELECT ops.make_partition('2027-05-01')` that month's, and moves its rows there (whose clock was wrong?).
WITH ranges AS (
    SELECT c.oid,
           c.reltuples,
           bound[1]::timestamptz AT TIME ZONE 'UTC' AS starts,
           bound[2]::timestamptz AT TIME ZONE 'UTC' AS ends
      FROM pg_inherits AS i
      JOIN pg_class    AS c ON c.oid = i.inhrelid
     CROSS JOIN LATERAL regexp_match(pg_get_expr(c.relpartbound, c.oid), $$FROM \('(.+)'\) TO \('(.+)'\)$$) AS bound
     WHERE i.inhparent = 'event_store.events'::regclass AND bound IS NOT NULL
),
strays AS (
    SELECT date_trunc('month', created_at AT TIME ZONE 'UTC') AS month, count(*) AS events
      FROM event_store.events_default
     GROUP BY 1
),
months AS (
    SELECT starts AS month FROM ranges
     UNION
    SELECT date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => n) FROM generate_series(0, 3) AS n
     UNION
    SELECT month FROM strays
)
SELECT to_char(m.month, 'YYYY-MM')                    AS month,
       r.oid::regclass::text                          AS partition,
       greatest(r.reltuples, 0)::bigint               AS rows_estimated,
       pg_total_relation_size(r.oid)                  AS total_bytes,
       pg_size_pretty(pg_total_relation_size(r.oid))  AS total_size,
       COALESCE(s.events, 0)                          AS rows_in_default,
       CASE WHEN s.events > 0
            THEN 'its events lie in the default partition'
            WHEN r.oid IS NULL AND to_regclass('event_store.events_' || to_char(m.month, 'YYYY_MM')) IS NOT NULL
            THEN 'its table is there, but not attached'
            WHEN r.oid IS NULL
            THEN 'missing'
            ELSE 'ok'
       END                                            AS verdict
  FROM months      AS m
  LEFT JOIN ranges AS r ON m.month >= r.starts AND m.month < r.ends
  LEFT JOIN strays AS s USING (month)
 ORDER BY month;
