-- transaction: none
-- Of equal scores those who gave a sign of life last come first: they can still be won. An index goes one way for all columns or the
-- other, so the ones of V200070 (the longest silent first) can't be read for it; the release before still reads those. The
-- table is in use, so each is built beside it; what an interrupted build left behind goes first.
SET lock_timeout = '5s';

DROP INDEX CONCURRENTLY IF EXISTS journey.journey_view_winnable;
DROP INDEX CONCURRENTLY IF EXISTS journey.journey_view_at_risk_winnable;

CREATE INDEX CONCURRENTLY journey_view_winnable
    ON journey.journey_view (tenant_id, risk_score DESC, last_interaction_at DESC, journey_id DESC) WHERE is_active;
CREATE INDEX CONCURRENTLY journey_view_at_risk_winnable
    ON journey.journey_view (tenant_id, risk_score DESC, last_interaction_at DESC, journey_id DESC)
 WHERE is_active AND current_stage = 'at_risk';
