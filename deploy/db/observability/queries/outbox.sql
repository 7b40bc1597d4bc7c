-- What is committed and not yet in Kafka: commits, events, and for how long the oldest has waited.
-- Normal: next to nothing, under a second; after a bulk load more rows, and fewer each second. Bad: look at the relay's log
-- and at Kafka. Nothing is lost meanwhile: read models go on from the store.
SELECT count(*)                                                            AS outbox_rows,
       COALESCE(sum(last_position - first_position + 1), 0)::bigint        AS events,
       count(DISTINCT tenant_id)                                           AS tenants,
       round(COALESCE(EXTRACT(epoch FROM now() - min(created_at)), 0), 1)  AS oldest_seconds,
       CASE WHEN min(created_at) < now() - interval '30 seconds'
            THEN 'the oldest has waited for more than 30 s: is the relay up, does Kafka answer?'
            ELSE 'ok'
       END                                                                 AS verdict
  FROM event_store.outbox;
