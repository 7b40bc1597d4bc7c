-- transaction: none
-- Patients who have been silent for long towards some clinics: V200112 looks for them. The table is in use, so the index is
-- built beside it; what an interrupted build left behind goes first.
SET lock_timeout = '5s';

DROP INDEX CONCURRENTLY IF EXISTS journey.journey_view_clinic_silent;

CREATE INDEX CONCURRENTLY journey_view_clinic_silent
    ON journey.journey_view (tenant_id, clinic_id, last_interaction_at) INCLUDE (patient_id);
