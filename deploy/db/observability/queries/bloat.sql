-- How much of each table is dead or empty: dead rows, the last autovacuum, bloat as estimated from the last ANALYZE.
-- Normal: dead rows under a fifth, bloat under a half. Many dead rows: ask `oldest_transaction`, then VACUUM (ANALYZE) the
-- table. Much bloat: pg_repack, or VACUUM FULL in a quiet hour (it locks the table).
WITH measured AS (
    SELECT s.relid::regclass::text    AS table_name,
           s.n_live_tup               AS live_rows,
           s.n_dead_tup               AS dead_rows,
           s.last_autovacuum          AS last_autovacuum_at,
           pg_relation_size(s.relid)  AS table_bytes,
           c.relpages::bigint * 8192  AS analyzed_bytes,
           c.reltuples,
           CASE WHEN c.reltuples = 0 THEN 0 ELSE w.row_bytes END                                      AS row_bytes,
           COALESCE(substring(c.reloptions::text FROM 'fillfactor=(\d+)')::numeric, 100) / 100        AS filled_to
      FROM pg_stat_user_tables AS s
      JOIN pg_class            AS c ON c.oid = s.relid AND c.relkind IN ('r', 'm')
      LEFT JOIN (SELECT schemaname, tablename, sum((1 - null_frac) * avg_width) AS row_bytes
                   FROM pg_stats WHERE NOT inherited GROUP BY 1, 2) AS w
        ON w.schemaname = s.schemaname AND w.tablename = s.relname
),
estimated AS (
    -- What there was, less what so many rows of that width need: 28 bytes of header and pointer a row, 24 of header a page.
    -- Without statistics: NULL.
    SELECT m.*,
           greatest(analyzed_bytes - ceil(reltuples * (28 + row_bytes) / ((8192 - 24) * filled_to)) * 8192, 0)::bigint
               AS estimated_bloat_bytes
      FROM measured AS m
),
judged AS (
    -- Small tables are left alone: there is nothing to win.
    SELECT e.*,
           CASE WHEN dead_rows > 10000 AND dead_rows > 0.4 * live_rows
                THEN 'autovacuum does not keep up: does an old transaction hold it back?'
                WHEN estimated_bloat_bytes > 100 * 1024 * 1024 AND estimated_bloat_bytes > table_bytes / 2
                THEN 'more than half is empty'
                ELSE 'ok'
           END AS verdict
      FROM estimated AS e
)
SELECT table_name,
       live_rows,
       dead_rows,
       round(100.0 * dead_rows / NULLIF(live_rows + dead_rows, 0), 1)  AS dead_percent,
       last_autovacuum_at,
       table_bytes,
       pg_size_pretty(table_bytes)                                     AS table_size,
       estimated_bloat_bytes,
       pg_size_pretty(estimated_bloat_bytes)                           AS estimated_bloat_size,
       verdict
  FROM judged
 ORDER BY verdict = 'ok', dead_rows DESC, estimated_bloat_bytes DESC NULLS LAST, table_name;
