-- Which statements take the server's time: the slow ones, then those that cost most in all (pg_stat_statements).
-- Normal: a few milliseconds on average, a projector's batch some ten. Slow: EXPLAIN (ANALYZE, BUFFERS) it as its role and in
-- a tenant, row-level security changes plans; look at `bloat` and `locks` too. `SELECT pg_stat_statements_reset()` begins anew.
WITH counted AS (
    SELECT s.*,
           -- Fewer calls are a migration, or somebody who looks.
           CASE WHEN s.calls >= 10 AND s.mean_exec_time > 100
                THEN 'slow: more than 100 ms on average'
                ELSE 'ok'
           END AS verdict
      FROM pg_stat_statements AS s
      JOIN pg_database        AS d ON d.oid = s.dbid AND d.datname = current_database()
)
SELECT left(regexp_replace(c.query, '\s+', ' ', 'g'), 100)                       AS statement,
       c.queryid::text                                                           AS query_id,
       r.rolname                                                                 AS role,
       c.calls,
       round(c.mean_exec_time::numeric, 2)                                       AS mean_ms,
       -- As if times were spread normally, which they are not quite: the server keeps no quantiles.
       round((c.mean_exec_time + 1.645 * c.stddev_exec_time)::numeric, 2)        AS p95_estimated_ms,
       round(c.max_exec_time::numeric, 2)                                        AS max_ms,
       round((c.total_exec_time / 1000)::numeric, 2)                             AS total_seconds,
       c.rows,
       c.verdict
  FROM counted       AS c
  LEFT JOIN pg_roles AS r ON r.oid = c.userid
 ORDER BY c.verdict = 'ok', c.total_exec_time DESC
 LIMIT 30;
