-- What is committed and not yet in Kafka: commits, events, and for how long the oldest has waited; and which relay leads.
-- Normal: next to nothing, under a second; after a bulk load more rows, and fewer each second. Bad: look at the relay's log
-- and at Kafka. Nothing is lost meanwhile: read models go on from the store. Halted tenants: see data_quality.
SELECT count(o.id)                                                             AS outbox_rows,
       COALESCE(sum(o.last_position - o.first_position + 1), 0)::bigint        AS events,
       count(DISTINCT o.tenant_id)                                             AS tenants,
       round(COALESCE(EXTRACT(epoch FROM now() - min(o.created_at)), 0), 1)    AS oldest_seconds,
       l.leader,
       (SELECT count(*) FROM ops.halted_tenants WHERE component = 'relay')     AS tenants_halted,
       CASE WHEN l.leader IS NULL
            THEN 'no relay leads: is one up, does its log say why?'
            WHEN min(o.created_at) FILTER (WHERE h.tenant_id IS NULL) < now() - interval '30 seconds'
            THEN 'the oldest has waited for more than 30 s: is the relay up, does Kafka answer?'
            WHEN EXISTS (SELECT FROM ops.halted_tenants WHERE component = 'relay')
            THEN 'the relay has stopped for tenants: a person decides (docs/runbooks/halted-tenant.md)'
            ELSE 'ok'
       END                                                                     AS verdict
  FROM (SELECT max(holder) FILTER (WHERE expires_at > clock_timestamp()) AS leader FROM event_store.relay_lease) AS l
  LEFT JOIN event_store.outbox AS o ON true
  LEFT JOIN ops.halted_tenants AS h ON h.tenant_id = o.tenant_id AND h.component = 'relay'
 GROUP BY l.leader;
