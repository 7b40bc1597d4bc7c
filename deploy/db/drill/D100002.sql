-- The heads of what D100001 recorded.
INSERT INTO event_store.tenant_log (tenant_id, position, last_at)
SELECT tenant_id, max(position), max(created_at) FROM event_store.events GROUP BY tenant_id;

INSERT INTO event_store.patient_log (tenant_id, patient_id, facts, first_at, last_at)
SELECT tenant_id, patient_id, count(*), min(created_at), max(created_at) FROM event_store.events GROUP BY 1, 2;

INSERT INTO event_store.streams (tenant_id, aggregate_id, aggregate_type, patient_id, version)
SELECT tenant_id, aggregate_id, aggregate_type, patient_id, max(aggregate_version)
  FROM event_store.events GROUP BY 1, 2, 3, 4;
