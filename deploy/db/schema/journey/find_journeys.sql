-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION journey.find_journeys(p_active boolean, p_stage text, p_risk_level text, p_follow_up boolean, p_escalation boolean, p_clinic_id uuid, p_patient_id uuid, p_silent_since timestamp with time zone, p_after_at timestamp with time zone, p_after_id uuid, p_limit integer) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
DECLARE
    v_tenant_id uuid   := ops.current_tenant();
    v_clinics   uuid[] := ops.clinics_in_scope();
BEGIN
    RETURN QUERY
    SELECT j.journey_id
      FROM journey.journey_view AS j
     WHERE j.tenant_id = v_tenant_id
       AND (v_clinics IS NULL OR j.clinic_id = ANY (v_clinics))
       AND (p_clinic_id IS NULL OR j.clinic_id = p_clinic_id)
       AND (p_patient_id IS NULL OR j.patient_id = p_patient_id)
       AND (p_active IS NULL OR j.is_active = p_active)
       AND (p_stage IS NULL OR j.current_stage = p_stage)
       AND (p_risk_level IS NULL OR j.risk_level = p_risk_level)
       AND (p_follow_up IS NULL OR j.needs_follow_up = p_follow_up)
       AND (p_escalation IS NULL OR j.has_escalation = p_escalation)
       AND (p_silent_since IS NULL OR j.last_interaction_at <= p_silent_since)
       AND (p_after_id IS NULL OR (j.last_interaction_at, j.journey_id) > (p_after_at, p_after_id))
     ORDER BY j.last_interaction_at, j.journey_id
     LIMIT p_limit;
END
$$;


ALTER FUNCTION journey.find_journeys(p_active boolean, p_stage text, p_risk_level text, p_follow_up boolean, p_escalation boolean, p_clinic_id uuid, p_patient_id uuid, p_silent_since timestamp with time zone, p_after_at timestamp with time zone, p_after_id uuid, p_limit integer) OWNER TO healz_search;

COMMENT ON FUNCTION journey.find_journeys(p_active boolean, p_stage text, p_risk_level text, p_follow_up boolean, p_escalation boolean, p_clinic_id uuid, p_patient_id uuid, p_silent_since timestamp with time zone, p_after_at timestamp with time zone, p_after_id uuid, p_limit integer) IS 'Keyset pages of journeys: those that are silent the longest first.';

REVOKE ALL ON FUNCTION journey.find_journeys(p_active boolean, p_stage text, p_risk_level text, p_follow_up boolean, p_escalation boolean, p_clinic_id uuid, p_patient_id uuid, p_silent_since timestamp with time zone, p_after_at timestamp with time zone, p_after_id uuid, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION journey.find_journeys(p_active boolean, p_stage text, p_risk_level text, p_follow_up boolean, p_escalation boolean, p_clinic_id uuid, p_patient_id uuid, p_silent_since timestamp with time zone, p_after_at timestamp with time zone, p_after_id uuid, p_limit integer) TO healz_reader;
