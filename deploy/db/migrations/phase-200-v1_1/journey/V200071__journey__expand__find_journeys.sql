-- The two questions about many journeys. Both narrow to the clinics in scope by an array, which an index can serve, and
-- plan for the filters that were given: a generic plan could use no index for filters that may be NULL.
SET LOCAL lock_timeout = '5s';

-- The clinics that the transaction is bound to; NULL: the whole tenant. Unset: none.
CREATE FUNCTION ops.clinics_in_scope() RETURNS uuid[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN current_setting('healz.clinic_ids', true) = '*' THEN NULL
                ELSE string_to_array(COALESCE(current_setting('healz.clinic_ids', true), ''), ',')::uuid[] END;

-- Journeys, those that are silent the longest first. Reads as its caller: row-level security does the rest.
CREATE FUNCTION journey.find_journeys(
    p_active       boolean,      -- under way, or ended; NULL: either. Likewise each of these down to the keyset
    p_stage        text,
    p_risk_level   text,
    p_follow_up    boolean,
    p_escalation   boolean,
    p_clinic_id    uuid,
    p_patient_id   uuid,
    p_silent_since timestamptz,  -- no interaction after this
    p_after_at     timestamptz,  -- keyset: last_interaction_at and journey_id of the last row seen
    p_after_id     uuid,
    p_limit        integer
) RETURNS SETOF journey.journey_view
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    v_tenant_id uuid   := ops.current_tenant();
    v_clinics   uuid[] := ops.clinics_in_scope();
BEGIN
    RETURN QUERY
    SELECT j.*
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

-- Journeys at risk, worst first: the highest score; of equal ones those that are silent the longest. Numeric operators are
-- not leakproof, so under a policy PostgreSQL would not use them as index conditions: this runs as healz_search, which may
-- read every row, and filters by the current tenant and clinics itself. No tenant or no clinics set: no rows.
--
-- Whoever is at the stage and below the score comes after all of those above it, so two indexes are read one after the other.
CREATE FUNCTION journey.find_at_risk(
    p_score_min   numeric,
    p_clinic_id   uuid,         -- NULL: every clinic in scope
    p_after_score numeric,      -- keyset: of the last row seen
    p_after_at    timestamptz,
    p_after_id    uuid,
    p_limit       integer
) RETURNS SETOF journey.journey_view
    LANGUAGE plpgsql STABLE
    SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
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
    SELECT *
      FROM (
        (SELECT j.*
           FROM journey.journey_view AS j
          WHERE j.tenant_id = v_tenant_id
            AND j.is_active
            AND j.risk_score >= p_score_min
            AND (v_clinics IS NULL OR j.clinic_id = ANY (v_clinics))
            AND (p_after_id IS NULL
                 OR j.risk_score <= p_after_score
                    AND (j.risk_score < p_after_score OR (j.last_interaction_at, j.journey_id) > (p_after_at, p_after_id)))
          ORDER BY j.risk_score DESC, j.last_interaction_at, j.journey_id
          LIMIT p_limit)
        UNION ALL
        (SELECT j.*
           FROM journey.journey_view AS j
          WHERE j.tenant_id = v_tenant_id
            AND j.is_active
            AND j.current_stage = 'at_risk'
            AND j.risk_score < p_score_min
            AND (v_clinics IS NULL OR j.clinic_id = ANY (v_clinics))
            AND (p_after_id IS NULL
                 OR j.risk_score <= p_after_score
                    AND (j.risk_score < p_after_score OR (j.last_interaction_at, j.journey_id) > (p_after_at, p_after_id)))
          ORDER BY j.risk_score DESC, j.last_interaction_at, j.journey_id
          LIMIT p_limit)
      ) AS found
     ORDER BY found.risk_score DESC, found.last_interaction_at, found.journey_id
     LIMIT p_limit;
END
$$;

GRANT USAGE ON SCHEMA journey TO healz_search;
GRANT SELECT ON journey.journey_view TO healz_search;
CREATE POLICY search_all ON journey.journey_view FOR SELECT TO healz_search USING (true);

GRANT CREATE ON SCHEMA journey TO healz_search;
ALTER FUNCTION journey.find_at_risk OWNER TO healz_search;
REVOKE CREATE ON SCHEMA journey FROM healz_search;
REVOKE EXECUTE ON FUNCTION journey.find_at_risk FROM PUBLIC;
GRANT EXECUTE ON FUNCTION journey.find_at_risk TO healz_reader;
REVOKE EXECUTE ON FUNCTION journey.find_journeys, ops.clinics_in_scope() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION journey.find_journeys TO healz_reader;
GRANT EXECUTE ON FUNCTION ops.clinics_in_scope() TO healz_reader, healz_search;
