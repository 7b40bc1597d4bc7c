-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION journey.count_journeys(p_clinic_id uuid, p_since timestamp with time zone, p_score_min numeric) RETURNS TABLE(patients bigint, patients_ever bigint, active_journeys bigint, at_risk bigint, needs_follow_up bigint, has_escalation bigint, stages jsonb)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
DECLARE
    v_tenant_id uuid := ops.current_tenant();
BEGIN
    IF NOT COALESCE(ops.sees_clinic(p_clinic_id), false) THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT t.*, s.stages
      FROM (SELECT count(DISTINCT j.patient_id) FILTER (WHERE j.last_interaction_at >= p_since),
                   count(DISTINCT j.patient_id),
                   count(*) FILTER (WHERE j.is_active),
                   count(*) FILTER (WHERE j.is_active AND (j.current_stage = 'at_risk' OR j.risk_score >= p_score_min)),
                   count(*) FILTER (WHERE j.is_active AND j.needs_follow_up),
                   count(*) FILTER (WHERE j.is_active AND j.has_escalation)
              FROM journey.journey_view AS j
             WHERE j.tenant_id = v_tenant_id AND j.clinic_id = p_clinic_id) AS t
     CROSS JOIN (SELECT COALESCE(jsonb_object_agg(g.current_stage, g.journeys), '{}') AS stages
                   FROM (SELECT j.current_stage, count(*) AS journeys
                           FROM journey.journey_view AS j
                          WHERE j.tenant_id = v_tenant_id AND j.clinic_id = p_clinic_id AND j.is_active
                          GROUP BY j.current_stage) AS g) AS s;
END
$$;


ALTER FUNCTION journey.count_journeys(p_clinic_id uuid, p_since timestamp with time zone, p_score_min numeric) OWNER TO healz_search;

COMMENT ON FUNCTION journey.count_journeys(p_clinic_id uuid, p_since timestamp with time zone, p_score_min numeric) IS 'What a clinic''s dashboard says of its journeys: one row; of a clinic out of scope none. The stages are those of the active.';

REVOKE ALL ON FUNCTION journey.count_journeys(p_clinic_id uuid, p_since timestamp with time zone, p_score_min numeric) FROM PUBLIC;
GRANT ALL ON FUNCTION journey.count_journeys(p_clinic_id uuid, p_since timestamp with time zone, p_score_min numeric) TO healz_reader;
