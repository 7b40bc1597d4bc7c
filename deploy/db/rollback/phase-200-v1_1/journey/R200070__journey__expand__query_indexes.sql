-- transaction: none
SET lock_timeout = '5s';

DROP INDEX CONCURRENTLY IF EXISTS journey.journey_view_silence;
DROP INDEX CONCURRENTLY IF EXISTS journey.journey_view_escalated;
DROP INDEX CONCURRENTLY IF EXISTS journey.journey_view_ended;
DROP INDEX CONCURRENTLY IF EXISTS journey.journey_view_risk;
DROP INDEX CONCURRENTLY IF EXISTS journey.journey_view_at_risk;
DROP INDEX CONCURRENTLY IF EXISTS journey.journey_view_clinic_patient;
