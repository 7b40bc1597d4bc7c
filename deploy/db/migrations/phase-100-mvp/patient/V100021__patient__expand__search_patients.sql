-- Patient search. LIKE and trigram operators are not leakproof, so under a policy PostgreSQL would not use them as index
-- conditions; this function runs as healz_search, which may read every row, and filters by the current tenant itself.
-- No tenant set: no rows.
SET LOCAL lock_timeout = '5s';

-- The stage of the journey that stands for a patient, among those in these clinics: the newest started of the active
-- ones, else the last to end.
CREATE FUNCTION patient.shown_stage(p_journeys jsonb, p_clinics uuid[]) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT j.stage
      FROM jsonb_each(p_journeys) AS e (journey_id, value)
     CROSS JOIN jsonb_to_record(e.value)
        AS j (clinic_id uuid, stage text, active boolean, started_at text, ended_at text)
     WHERE j.clinic_id = ANY (p_clinics)
     ORDER BY j.active DESC, CASE WHEN j.active THEN j.started_at ELSE j.ended_at END DESC
     LIMIT 1
$$;

REVOKE EXECUTE ON FUNCTION patient.shown_stage(jsonb, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION patient.shown_stage(jsonb, uuid[]) TO healz_reader, healz_search;

CREATE FUNCTION patient.search_patients(
    p_name         text,         -- lower case, unaccented; NULL: any
    p_phone        text,
    p_status       text,
    p_stage        text,
    p_silent_since timestamptz,  -- no interaction after this
    p_after_name   text,         -- keyset: name_search and patient_id of the last row seen
    p_after_id     uuid,
    p_limit        integer,
    p_clinics      uuid[]        -- whose journeys' stage p_stage is about; NULL: every clinic's
) RETURNS SETOF patient.patient_view
    LANGUAGE plpgsql STABLE
    SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    SET plan_cache_mode = force_custom_plan  -- a generic plan could use no index for filters that may be NULL
AS $$
DECLARE
    v_tenant_id uuid := ops.current_tenant();
BEGIN
    RETURN QUERY
    SELECT v.*
      FROM patient.patient_view AS v
     WHERE v.tenant_id = v_tenant_id
       AND (p_name IS NULL OR v.name_search LIKE '%' || replace(replace(replace(p_name, '\', '\\'), '%', '\%'), '_', '\_') || '%')
       AND (p_phone IS NULL OR v.phone = p_phone)
       AND (p_status IS NULL OR v.status = p_status)
       AND (p_stage IS NULL OR p_clinics IS NOT NULL OR v.current_journey_stage = p_stage)
       AND (p_stage IS NULL OR p_clinics IS NULL OR patient.shown_stage(v.journeys, p_clinics) = p_stage)
       AND (p_silent_since IS NULL OR v.last_interaction_at <= p_silent_since)
       AND (p_after_id IS NULL OR (v.name_search, v.patient_id) > (p_after_name, p_after_id))
     ORDER BY v.name_search, v.patient_id
     LIMIT p_limit;
END
$$;

GRANT SELECT ON patient.patient_view TO healz_search;
CREATE POLICY search_all ON patient.patient_view FOR SELECT TO healz_search USING (true);

GRANT CREATE ON SCHEMA patient TO healz_search;
ALTER FUNCTION patient.search_patients OWNER TO healz_search;
REVOKE CREATE ON SCHEMA patient FROM healz_search;
REVOKE EXECUTE ON FUNCTION patient.search_patients FROM PUBLIC;
GRANT EXECUTE ON FUNCTION patient.search_patients TO healz_reader;
