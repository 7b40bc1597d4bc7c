-- How large each table and partition is, with its indexes and what it stores apart (toast), largest first.
-- Normal: the months of event_store.events come first. A queue (outbox) or a small guard among the largest: ask `bloat`.
-- Indexes that outgrow their table: ask `unused_indexes`.
WITH measured AS (
    SELECT s.relid::regclass::text                                                 AS table_name,
           CASE WHEN c.relispartition THEN pg_partition_root(s.relid)::text END    AS partition_of,
           greatest(c.reltuples::bigint, s.n_live_tup)                             AS rows_estimated,
           pg_indexes_size(s.relid)                                                AS index_bytes,
           COALESCE(pg_total_relation_size(NULLIF(c.reltoastrelid, 0)), 0)         AS toast_bytes,
           pg_total_relation_size(s.relid)                                         AS total_bytes
      FROM pg_stat_user_tables AS s
      JOIN pg_class            AS c ON c.oid = s.relid AND c.relkind IN ('r', 'm')
)
SELECT table_name,
       partition_of,
       rows_estimated,
       total_bytes - index_bytes - toast_bytes                 AS table_bytes,
       pg_size_pretty(total_bytes - index_bytes - toast_bytes) AS table_size,
       index_bytes,
       pg_size_pretty(index_bytes)                             AS index_size,
       toast_bytes,
       pg_size_pretty(toast_bytes)                             AS toast_size,
       total_bytes,
       pg_size_pretty(total_bytes)                             AS total_size
  FROM measured
 ORDER BY total_bytes DESC, table_name;
