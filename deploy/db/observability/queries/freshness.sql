-- How far each read model is behind the log, in how many tenants, where most; and when each analytics view was last refreshed.
-- Normal: a read model has nothing that is older than a second, a view is younger than its job's 15 or 30 minutes. Behind:
-- look at that projector's log (reconcile needs no Kafka), ask `locks`. Not refreshed: look at the refresh job.
WITH heads AS (
    SELECT m.name,
           l.tenant_id,
           COALESCE(c.position, 0)                                      AS checkpoint,
           greatest(l.position - COALESCE(c.position, 0), 0)            AS behind
      -- Each has a schema with a checkpoint, and may be at the start of every log.
      FROM (SELECT relnamespace::regnamespace::text FROM pg_class WHERE relname = 'checkpoint') AS m (name)
      LEFT JOIN event_store.tenant_log AS l ON true
      LEFT JOIN ops.checkpoints        AS c ON c.read_model = m.name AND c.tenant_id = l.tenant_id
),
read_models AS (
    SELECT h.name,
           count(h.tenant_id)                                           AS tenants,
           count(*) FILTER (WHERE behind > 0)                           AS tenants_behind,
           sum(behind)::bigint                                          AS events_behind,
           (array_agg(h.tenant_id ORDER BY behind DESC, h.tenant_id)
               FILTER (WHERE behind > 0))[1]                            AS worst_tenant_id,
           max(behind)                                                  AS worst_events_behind,
           -- The age of the first event that it has not folded.
           COALESCE(max(EXTRACT(epoch FROM now() - n.created_at)), 0)   AS behind_seconds
      FROM heads AS h
      LEFT JOIN LATERAL (
           SELECT e.created_at FROM event_store.events AS e
            WHERE h.behind > 0 AND e.tenant_id = h.tenant_id AND e.position = h.checkpoint + 1) AS n ON true
     GROUP BY h.name
)
SELECT 'read model'             AS kind,
       name,
       round(behind_seconds, 1) AS behind_seconds,
       tenants,
       tenants_behind,
       events_behind,
       worst_tenant_id,
       worst_events_behind,
       NULL::timestamptz        AS refreshed_at,
       NULL::integer            AS refresh_ms,
       CASE WHEN behind_seconds > 30
            THEN 'an event has waited for more than 30 s: is the projector up?'
            ELSE 'ok'
       END                      AS verdict
  FROM read_models
UNION ALL
SELECT 'materialised view', v.matviewname, round(EXTRACT(epoch FROM now() - r.refreshed_at), 1), NULL, NULL, NULL, NULL, NULL,
       r.refreshed_at, r.duration_ms,
       CASE WHEN NOT v.ispopulated OR r.refreshed_at IS NULL
            THEN 'never refreshed'
            WHEN r.refreshed_at < now() - interval '1 hour'
            THEN 'last refreshed more than an hour ago: does its job run?'
            ELSE 'ok'
       END
  FROM pg_matviews              AS v
  LEFT JOIN analytics.refreshes AS r ON r.view_name = v.matviewname
 WHERE v.schemaname = 'analytics'
 ORDER BY kind DESC, name;
