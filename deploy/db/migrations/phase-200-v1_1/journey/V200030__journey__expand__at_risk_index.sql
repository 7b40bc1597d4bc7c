-- transaction: none
-- The patients at risk of a clinic, worst first. The table is in use, so the index is built beside it; what an
-- interrupted build left behind goes first.
SET lock_timeout = '5s';

DROP INDEX CONCURRENTLY IF EXISTS journey.journey_view_clinic_risk;

CREATE INDEX CONCURRENTLY journey_view_clinic_risk ON journey.journey_view (tenant_id, clinic_id, risk_score DESC) WHERE is_active;
