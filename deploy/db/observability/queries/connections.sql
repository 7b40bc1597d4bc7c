-- Who is connected, per role and state, on the whole server, against how many may be.
-- Normal: each instance keeps its pool, idle most of the time, and all together stay under 80 % of the limit. Over it: count
-- instances times HEALZ_POOL_CONNECTIONS_MAX; make pools smaller, or put PgBouncer in between, before raising max_connections.
WITH counted AS (
    SELECT COALESCE(usename::text, '') AS role,
           datname::text               AS database,
           COALESCE(state, 'starting') AS state,
           count(*)                    AS connections,
           max(state_change)           AS last_active_at
      FROM pg_stat_activity
     WHERE backend_type = 'client backend'
     GROUP BY 1, 2, 3
),
against AS (
    SELECT counted.*,
           sum(connections) OVER ()::bigint                          AS all_connections,
           current_setting('max_connections')::integer
               - current_setting('superuser_reserved_connections')::integer
               - current_setting('reserved_connections')::integer    AS connections_max
      FROM counted
)
SELECT role,
       database,
       state,
       connections,
       last_active_at,
       all_connections,
       connections_max,
       CASE WHEN all_connections > 0.8 * connections_max
            THEN 'more than 80 % of the connections are taken'
            ELSE 'ok'
       END AS verdict
  FROM against
 ORDER BY connections DESC, role, database, state;
