SET LOCAL lock_timeout = '5s';

-- As V100021 made it.
CREATE OR REPLACE FUNCTION patient.search_patients(
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
