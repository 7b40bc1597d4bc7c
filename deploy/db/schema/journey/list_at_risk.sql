-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION journey.list_at_risk(p_score_min numeric, p_clinic_id uuid, p_level text, p_doctor_id uuid, p_claimed boolean, p_assigned_to uuid, p_snoozed boolean, p_after_score numeric, p_after_at timestamp with time zone, p_after_id uuid, p_limit integer) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
DECLARE
    v_tenant_id uuid   := ops.current_tenant();
    v_clinics   uuid[] := ops.clinics_in_scope();
BEGIN
    IF p_clinic_id IS NOT NULL THEN
        v_clinics := CASE WHEN v_clinics IS NULL OR p_clinic_id = ANY (v_clinics) THEN ARRAY[p_clinic_id] ELSE '{}' END;
    END IF;
    RETURN QUERY
    SELECT found.journey_id
      FROM (
        (SELECT j.journey_id, j.risk_score, j.last_interaction_at
           FROM journey.journey_view AS j
          WHERE j.tenant_id = v_tenant_id
            AND j.is_active
            AND j.risk_score >= p_score_min
            AND (v_clinics IS NULL OR j.clinic_id = ANY (v_clinics))
            AND (p_level IS NULL OR j.risk_level = p_level)
            AND (p_claimed IS NULL OR (j.assigned_to IS NOT NULL) = p_claimed)
            AND (p_assigned_to IS NULL OR j.assigned_to = p_assigned_to)
            AND (p_snoozed IS NULL OR COALESCE(j.snoozed_until > now(), false) = p_snoozed)
            AND (p_doctor_id IS NULL
                 OR EXISTS (SELECT
                              FROM appointment.appointment_view AS a
                             WHERE a.tenant_id = v_tenant_id AND a.patient_id = j.patient_id
                               AND a.clinic_id = j.clinic_id AND a.doctor_id = p_doctor_id))
            AND (p_after_id IS NULL OR j.risk_score <= p_after_score)
            AND (p_after_id IS NULL OR j.risk_score < p_after_score
                 OR (j.last_interaction_at, j.journey_id) < (p_after_at, p_after_id))
          ORDER BY j.risk_score DESC, j.last_interaction_at DESC, j.journey_id DESC
          LIMIT p_limit)
        UNION ALL
        (SELECT j.journey_id, j.risk_score, j.last_interaction_at
           FROM journey.journey_view AS j
          WHERE j.tenant_id = v_tenant_id
            AND j.is_active
            AND j.current_stage = 'at_risk'
            AND j.risk_score < p_score_min
            AND (v_clinics IS NULL OR j.clinic_id = ANY (v_clinics))
            AND (p_level IS NULL OR j.risk_level = p_level)
            AND (p_claimed IS NULL OR (j.assigned_to IS NOT NULL) = p_claimed)
            AND (p_assigned_to IS NULL OR j.assigned_to = p_assigned_to)
            AND (p_snoozed IS NULL OR COALESCE(j.snoozed_until > now(), false) = p_snoozed)
            AND (p_doctor_id IS NULL
                 OR EXISTS (SELECT
                              FROM appointment.appointment_view AS a
                             WHERE a.tenant_id = v_tenant_id AND a.patient_id = j.patient_id
                               AND a.clinic_id = j.clinic_id AND a.doctor_id = p_doctor_id))
            AND (p_after_id IS NULL OR j.risk_score <= p_after_score)
            AND (p_after_id IS NULL OR j.risk_score < p_after_score
                 OR (j.last_interaction_at, j.journey_id) < (p_after_at, p_after_id))
          ORDER BY j.risk_score DESC, j.last_interaction_at DESC, j.journey_id DESC
          LIMIT p_limit)
      ) AS found
     ORDER BY found.risk_score DESC, found.last_interaction_at DESC, found.journey_id DESC
     LIMIT p_limit;
END
$$;


ALTER FUNCTION journey.list_at_risk(p_score_min numeric, p_clinic_id uuid, p_level text, p_doctor_id uuid, p_claimed boolean, p_assigned_to uuid, p_snoozed boolean, p_after_score numeric, p_after_at timestamp with time zone, p_after_id uuid, p_limit integer) OWNER TO healz_search;

COMMENT ON FUNCTION journey.list_at_risk(p_score_min numeric, p_clinic_id uuid, p_level text, p_doctor_id uuid, p_claimed boolean, p_assigned_to uuid, p_snoozed boolean, p_after_score numeric, p_after_at timestamp with time zone, p_after_id uuid, p_limit integer) IS 'Keyset pages of journeys at risk: the highest score first; of equal ones those with the latest sign of life, who can still be won. p_snoozed: snoozed now, or not.';

REVOKE ALL ON FUNCTION journey.list_at_risk(p_score_min numeric, p_clinic_id uuid, p_level text, p_doctor_id uuid, p_claimed boolean, p_assigned_to uuid, p_snoozed boolean, p_after_score numeric, p_after_at timestamp with time zone, p_after_id uuid, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION journey.list_at_risk(p_score_min numeric, p_clinic_id uuid, p_level text, p_doctor_id uuid, p_claimed boolean, p_assigned_to uuid, p_snoozed boolean, p_after_score numeric, p_after_at timestamp with time zone, p_after_id uuid, p_limit integer) TO healz_reader;
