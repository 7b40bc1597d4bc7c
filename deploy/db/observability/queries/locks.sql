-- Who waits for whom: each session that waits for a lock, beside each one that it waits for; the longest first.
-- Normal: nobody, or the writers of one tenant for some milliseconds. For longer: what does the blocker do, and is it idle?
-- `SELECT pg_terminate_backend(blocking_pid)` ends it; services try again by themselves.
WITH waits AS (
    SELECT l.pid,
           l.locktype || COALESCE(' ' || l.relation::regclass::text, '') || ', ' || l.mode       AS waits_for,
           COALESCE(l.waitstart, a.state_change)                                                 AS since,
           a.usename                                                                             AS role,
           a.query,
           unnest(pg_blocking_pids(l.pid))                                                       AS blocking_pid
      FROM pg_locks         AS l
      JOIN pg_stat_activity AS a ON a.pid = l.pid AND a.datname = current_database()
     WHERE NOT l.granted
)
SELECT w.pid::text                                                        AS waiting_pid,
       w.role                                                             AS waiting_role,
       round(EXTRACT(epoch FROM clock_timestamp() - w.since), 1)          AS waiting_seconds,
       w.waits_for,
       left(regexp_replace(w.query, '\s+', ' ', 'g'), 100)                AS waiting_statement,
       w.blocking_pid::text                                               AS blocking_pid,  -- 0: a prepared transaction
       b.usename                                                          AS blocking_role,
       b.state                                                            AS blocking_state,
       round(EXTRACT(epoch FROM clock_timestamp() - b.xact_start), 1)     AS blocking_transaction_seconds,
       left(regexp_replace(b.query, '\s+', ' ', 'g'), 100)                AS blocking_statement,
       CASE WHEN clock_timestamp() - w.since > interval '1 second'
            THEN 'waits for more than a second'
            ELSE 'ok'
       END                                                                AS verdict
  FROM waits                 AS w
  LEFT JOIN pg_stat_activity AS b ON b.pid = w.blocking_pid
 ORDER BY w.since, w.pid, w.blocking_pid;
