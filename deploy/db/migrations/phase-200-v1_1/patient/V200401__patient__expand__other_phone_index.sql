-- transaction: none
-- Who is found by the phone of a record that was merged into theirs. Few have one. The table is in use, so the index is built
-- beside it; what an interrupted build left behind goes first.
SET lock_timeout = '5s';

DROP INDEX CONCURRENTLY IF EXISTS patient.patient_view_other_phone;

CREATE INDEX CONCURRENTLY patient_view_other_phone
    ON patient.patient_view (tenant_id, other_phone) WHERE other_phone IS NOT NULL;
