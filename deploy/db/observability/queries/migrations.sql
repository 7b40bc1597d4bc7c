-- Which migrations were applied last: when, by whom, how long each took; the newest first, after any left halfway.
-- Normal: the newest is the release's, all are in state applied. Another state: run
-- what was cut off again (`healz-db apply`, `healz-db rollback`); it begins with the file's first statement.
SELECT version,
       phase,
       domain,
       change,
       left(checksum, 12)                            AS checksum_begins,
       applied_by,
       applied_at,
       duration_ms,
       state,
       CASE WHEN state = 'applied' THEN 'ok' ELSE 'left in state ' || state END AS verdict
  FROM ops.schema_migrations
 ORDER BY state = 'applied', applied_at DESC, version DESC
 LIMIT 20;
