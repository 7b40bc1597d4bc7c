-- transaction: none
-- In the order in which journeys are asked for, so that a page is the beginning of an index and not a sort of a whole
-- tenant: those that are silent the longest first, and the riskiest first. The table is in use, so each index is built
-- beside it; what an interrupted build left behind goes first.
--
-- By the silence: all that are under way; the few that wait for a person; those that have ended, by their stage (for those
-- under way journey_view_stage_contact is that). By the risk: of all clinics (of one: journey_view_clinic_risk), and the few
-- at the stage at_risk, which are asked for at any score. By the clinic: with all that its dashboard counts, so that the
-- table itself is not read for it (60,000 journeys of one clinic: 16 ms instead of 400).
SET lock_timeout = '5s';

DROP INDEX CONCURRENTLY IF EXISTS journey.journey_view_silence;
DROP INDEX CONCURRENTLY IF EXISTS journey.journey_view_escalated;
DROP INDEX CONCURRENTLY IF EXISTS journey.journey_view_ended;
DROP INDEX CONCURRENTLY IF EXISTS journey.journey_view_risk;
DROP INDEX CONCURRENTLY IF EXISTS journey.journey_view_at_risk;
DROP INDEX CONCURRENTLY IF EXISTS journey.journey_view_clinic_patient;

CREATE INDEX CONCURRENTLY journey_view_silence
    ON journey.journey_view (tenant_id, last_interaction_at, journey_id) WHERE is_active;
CREATE INDEX CONCURRENTLY journey_view_escalated
    ON journey.journey_view (tenant_id, last_interaction_at, journey_id) WHERE is_active AND has_escalation;
CREATE INDEX CONCURRENTLY journey_view_ended
    ON journey.journey_view (tenant_id, current_stage, last_interaction_at, journey_id) WHERE NOT is_active;
CREATE INDEX CONCURRENTLY journey_view_risk
    ON journey.journey_view (tenant_id, risk_score DESC, last_interaction_at, journey_id) WHERE is_active;
CREATE INDEX CONCURRENTLY journey_view_at_risk
    ON journey.journey_view (tenant_id, risk_score DESC, last_interaction_at, journey_id)
 WHERE is_active AND current_stage = 'at_risk';
CREATE INDEX CONCURRENTLY journey_view_clinic_patient
    ON journey.journey_view (tenant_id, clinic_id, patient_id)
    INCLUDE (current_stage, risk_score, last_interaction_at, is_active, needs_follow_up, has_escalation);
