-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION patient.search_patients(p_name text, p_phone text, p_status text, p_stage text, p_silent_since timestamp with time zone, p_after_name text, p_after_id uuid, p_limit integer, p_clinics uuid[]) RETURNS SETOF patient.patient_view
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
DECLARE
    v_tenant_id uuid := ops.current_tenant();
    v_name      text := replace(replace(replace(p_name, '\', '\\'), '%', '\%'), '_', '\_') || '%';
BEGIN
    -- Trigrams have three letters: fewer are looked for where an index has them, at the beginning.
    IF length(p_name) > 2 THEN
        v_name := '%' || v_name;
    END IF;
    IF p_clinics IS NOT NULL AND (p_stage IS NOT NULL OR p_silent_since IS NOT NULL) THEN
        -- The patients with a journey there that is at that stage and has been silent that long: an index has those. Which of
        -- a patient's journeys is the one shown, and whether another is less silent, costs more to say; so it is asked in the
        -- order of the names (OFFSET 0 keeps it out there), until the page is full. Mostly it is that one: of a CASE the
        -- planner expects every other row, of a bare comparison one in 200, and would read them all.
        RETURN QUERY
        SELECT f.*
          FROM (SELECT v.*
                  FROM patient.patient_view AS v
                 WHERE v.tenant_id = v_tenant_id
                   AND v.patient_id IN (SELECT j.patient_id
                                          FROM journey.journey_view AS j
                                         WHERE j.tenant_id = v_tenant_id
                                           AND j.clinic_id = ANY (p_clinics)
                                           AND (p_stage IS NULL OR j.current_stage = p_stage)
                                           AND (p_silent_since IS NULL OR j.last_interaction_at <= p_silent_since))
                   AND (v_name IS NULL OR v.name_search LIKE v_name)
                   AND (p_phone IS NULL OR v.phone = p_phone)
                   AND (p_status IS NULL OR v.status = p_status)
                   AND (p_after_id IS NULL OR (v.name_search, v.patient_id) > (p_after_name, p_after_id))
                 ORDER BY v.name_search, v.patient_id
                OFFSET 0) AS f
         WHERE CASE WHEN (p_stage IS NULL OR patient.shown_stage(f.journeys, p_clinics) = p_stage)
                     AND (p_silent_since IS NULL
                          OR NOT EXISTS (SELECT
                                           FROM journey.journey_view AS j
                                          WHERE j.tenant_id = v_tenant_id
                                            AND j.patient_id = f.patient_id
                                            AND j.clinic_id = ANY (p_clinics)
                                            AND j.last_interaction_at > p_silent_since))
                    THEN true ELSE false END
         LIMIT p_limit;  -- in the order of f: said once more, it would be planned for all of it
        RETURN;
    END IF;
    RETURN QUERY
    SELECT v.*
      FROM patient.patient_view AS v
     WHERE v.tenant_id = v_tenant_id
       AND (v_name IS NULL OR v.name_search LIKE v_name)
       AND (p_phone IS NULL OR v.phone = p_phone)
       AND (p_status IS NULL OR v.status = p_status)
       AND (p_stage IS NULL OR v.current_journey_stage = p_stage)
       AND (p_silent_since IS NULL OR v.last_interaction_at <= p_silent_since)
       AND (p_after_id IS NULL OR (v.name_search, v.patient_id) > (p_after_name, p_after_id))
     ORDER BY v.name_search, v.patient_id
     LIMIT p_limit;
END
$$;


ALTER FUNCTION patient.search_patients(p_name text, p_phone text, p_status text, p_stage text, p_silent_since timestamp with time zone, p_after_name text, p_after_id uuid, p_limit integer, p_clinics uuid[]) OWNER TO healz_search;

COMMENT ON FUNCTION patient.search_patients(p_name text, p_phone text, p_status text, p_stage text, p_silent_since timestamp with time zone, p_after_name text, p_after_id uuid, p_limit integer, p_clinics uuid[]) IS 'Keyset pages of patients by name. p_name is lower case and unaccented, one or two letters: how the name begins; NULL: any. p_silent_since: no interaction after this, in any of p_clinics. p_after_name and p_after_id are of the last row seen. p_clinics: whose journeys p_stage and p_silent_since are about; NULL: every clinic''s.';

REVOKE ALL ON FUNCTION patient.search_patients(p_name text, p_phone text, p_status text, p_stage text, p_silent_since timestamp with time zone, p_after_name text, p_after_id uuid, p_limit integer, p_clinics uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION patient.search_patients(p_name text, p_phone text, p_status text, p_stage text, p_silent_since timestamp with time zone, p_after_name text, p_after_id uuid, p_limit integer, p_clinics uuid[]) TO healz_reader;
