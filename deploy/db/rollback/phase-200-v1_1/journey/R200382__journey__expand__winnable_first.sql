-- transaction: none
SET lock_timeout = '5s';

DROP INDEX CONCURRENTLY IF EXISTS journey.journey_view_winnable;
DROP INDEX CONCURRENTLY IF EXISTS journey.journey_view_at_risk_winnable;
