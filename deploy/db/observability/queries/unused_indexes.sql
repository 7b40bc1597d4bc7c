-- Which indexes no query has used since the statistics began; those of all partitions count as one. Guards (unique) are left out.
-- Normal after a week of all the traffic there is: every index used. One that is not costs each write and serves nobody: drop
-- it in a contract migration, unless a replica or a rare report uses it. Under 1 MB a table is rather scanned: that says nothing.
WITH counted AS (
    SELECT COALESCE(pg_partition_root(s.indexrelid), s.indexrelid) AS index_id,
           COALESCE(pg_partition_root(s.relid), s.relid)::text     AS table_name,
           sum(s.idx_scan)::bigint                                 AS scans,
           max(s.last_idx_scan)                                    AS last_used_at,
           sum(pg_relation_size(s.indexrelid))::bigint             AS index_bytes
      FROM pg_stat_user_indexes AS s
      JOIN pg_index             AS i ON i.indexrelid = s.indexrelid
     WHERE NOT i.indisunique AND NOT i.indisexclusion
     GROUP BY 1, 2
)
SELECT c.index_id::regclass::text     AS index_name,
       c.table_name,
       c.scans,
       c.last_used_at,
       d.stats_reset                  AS statistics_since,  -- NULL: since the database was made
       c.index_bytes,
       pg_size_pretty(c.index_bytes)  AS index_size,
       CASE WHEN c.scans = 0 AND c.index_bytes >= 1024 * 1024
            THEN 'never used: does any query need it?'
            ELSE 'ok'
       END                            AS verdict
  FROM counted          AS c
  JOIN pg_stat_database AS d ON d.datname = current_database()
 ORDER BY c.scans > 0, c.index_bytes DESC, index_name;
