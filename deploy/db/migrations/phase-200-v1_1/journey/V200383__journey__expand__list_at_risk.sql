-- The list of those at risk, to be worked through: as journey.find_at_risk, which the release before asks, with what people did
-- about it and by whom the patient is treated. A doctor's are those who have or had an appointment with them in that clinic, whatever became
-- of it; for that healz_search may read whose of the tenant's appointments are with whom.
SET LOCAL lock_timeout = '5s';

CREATE FUNCTION journey.list_at_risk(
    p_score_min   numeric,
    p_clinic_id   uuid,         -- NULL: every clinic in scope
    p_level       text,         -- NULL: any. Likewise the others down to the keyset
    p_doctor_id   uuid,
    p_claimed     boolean,
    p_assigned_to uuid,
    p_snoozed     boolean,
    p_after_score numeric,      -- keyset: of the last row seen
    p_after_at    timestamptz,
    p_after_id    uuid,
    p_limit       integer
) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE
    SECURITY DEFINER
    ROWS 50
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
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

GRANT SELECT (assigned_to, snoozed_until) ON journey.journey_view TO healz_search;
GRANT USAGE ON SCHEMA appointment TO healz_search;
GRANT SELECT (tenant_id, patient_id, clinic_id, doctor_id) ON appointment.appointment_view TO healz_search;
CREATE POLICY tenant_healz_search ON appointment.appointment_view FOR SELECT TO healz_search
    USING (tenant_id = ops.current_tenant());

GRANT CREATE ON SCHEMA journey TO healz_search;
ALTER FUNCTION journey.list_at_risk OWNER TO healz_search;
REVOKE CREATE ON SCHEMA journey FROM healz_search;
REVOKE EXECUTE ON FUNCTION journey.list_at_risk FROM PUBLIC;
GRANT EXECUTE ON FUNCTION journey.list_at_risk TO healz_reader;

COMMENT ON FUNCTION journey.list_at_risk IS
    'Keyset pages of journeys at risk: the highest score first; of equal ones those with the latest sign of life, who can still be won. p_snoozed: snoozed now, or not.';
