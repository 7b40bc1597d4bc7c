-- What holds back vacuum here: open transactions (idle ones too), prepared ones, replication slots; the oldest first.
-- Normal: none, or some that are younger than a second. A session: ask whose it is, then `SELECT pg_terminate_backend(pid)`;
-- prepared: ROLLBACK PREPARED 'name'; a slot that nobody will read again: `SELECT pg_drop_replication_slot('name')`.
WITH holders AS (
    SELECT CASE backend_type WHEN 'walsender' THEN 'replica' ELSE 'session' END AS holder,
           pid::text                                                  AS name,
           usename::text                                              AS role,
           COALESCE(state, backend_type)                              AS state,
           COALESCE(xact_start, backend_start)                        AS since,
           greatest(age(backend_xid), age(backend_xmin))              AS age_transactions,
           NULL::bigint                                               AS wal_kept_bytes,
           left(regexp_replace(query, '\s+', ' ', 'g'), 100)          AS last_statement
      FROM pg_stat_activity
     WHERE pid <> pg_backend_pid()
       -- Another database's snapshots don't matter to our tables, nor do those of an autovacuum; a replica's do.
       AND (datname = current_database() OR backend_type = 'walsender')
       AND backend_type <> 'autovacuum worker'
       AND (xact_start IS NOT NULL OR backend_xmin IS NOT NULL)
    UNION ALL
    SELECT 'prepared transaction', gid, owner::text, 'prepared', prepared, age(transaction), NULL, NULL
      FROM pg_prepared_xacts
     WHERE database = current_database()
    UNION ALL
    SELECT 'replication slot', slot_name::text, NULL, CASE WHEN active THEN 'active' ELSE 'inactive' END, inactive_since,
           greatest(age(xmin), age(catalog_xmin)), pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint, NULL
      FROM pg_replication_slots
)
SELECT holder,
       name,
       role,
       state,
       round(EXTRACT(epoch FROM clock_timestamp() - since), 1) AS open_seconds,  -- a slot: for how long nobody has read it
       age_transactions,
       wal_kept_bytes,
       pg_size_pretty(wal_kept_bytes)                          AS wal_kept_size,
       last_statement,
       CASE WHEN holder = 'prepared transaction'
            THEN 'nothing here prepares transactions: roll it back'
            WHEN state = 'inactive'
            THEN 'nobody reads this slot: it keeps WAL until the disk is full'
            WHEN wal_kept_bytes > 1024 * 1024 * 1024
            THEN 'the reader of this slot is behind'
            WHEN state LIKE 'idle in transaction%' AND clock_timestamp() - since > interval '5 seconds'
            THEN 'open and idle: end it'
            WHEN holder = 'session' AND clock_timestamp() - since > interval '10 minutes'
            THEN 'open for more than 10 minutes'
            ELSE 'ok'
       END                                                     AS verdict
  FROM holders
 ORDER BY since, name;
