SET LOCAL lock_timeout = '5s';

DROP FUNCTION journey.count_journeys;
DROP FUNCTION journey.find_at_risk;
DROP FUNCTION journey.find_journeys;
DROP FUNCTION ops.clinics_in_scope();

DROP POLICY search_all ON journey.journey_view;
REVOKE SELECT (tenant_id, journey_id, clinic_id, patient_id, current_stage, risk_level, risk_score, needs_follow_up,
               has_escalation, is_active, last_interaction_at) ON journey.journey_view FROM healz_search;
REVOKE USAGE ON SCHEMA journey FROM healz_search;
