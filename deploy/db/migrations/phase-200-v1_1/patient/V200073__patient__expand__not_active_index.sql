-- transaction: none
-- The few patients who are not active, in the order of a search; the others are found by name. The table is in use, so the
-- index is built beside it; what an interrupted build left behind goes first.
SET lock_timeout = '5s';

DROP INDEX CONCURRENTLY IF EXISTS patient.patient_view_not_active;

CREATE INDEX CONCURRENTLY patient_view_not_active
    ON patient.patient_view (tenant_id, status, name_search, patient_id) WHERE status <> 'active';
