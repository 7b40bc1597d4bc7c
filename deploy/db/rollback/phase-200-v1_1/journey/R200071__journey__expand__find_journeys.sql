SET LOCAL lock_timeout = '5s';

DROP FUNCTION journey.find_at_risk;
DROP FUNCTION journey.find_journeys;
DROP FUNCTION ops.clinics_in_scope();

DROP POLICY search_all ON journey.journey_view;
REVOKE SELECT ON journey.journey_view FROM healz_search;
REVOKE USAGE ON SCHEMA journey FROM healz_search;
