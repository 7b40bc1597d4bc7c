-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION patient.find_patients(p_words text[], p_phones text[], p_phone_end text, p_cpf text, p_emails text[], p_birth_date date, p_status text, p_stage text, p_silent_since timestamp with time zone, p_after_name text, p_after_id uuid, p_limit integer, p_clinics uuid[]) RETURNS SETOF patient.patient_view
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
DECLARE
    v_tenant_id uuid := ops.current_tenant();
    v_in        text[];
    v_first     text[];
BEGIN
    -- The longest first. Trigrams have three letters: a shorter word begins one of the name's, and if there is no longer one
    -- the first that was given begins the name, where an index has it.
    SELECT array_agg(CASE WHEN length(w.word) > 2 THEN '%' || w.plain || '%'
                          WHEN w.place = 1 THEN w.plain || '%'
                          ELSE '% ' || w.plain || '%' END ORDER BY w.place),
           array_agg(CASE WHEN length(w.word) <= 2 THEN w.plain || '%' END ORDER BY w.place)
      INTO v_in, v_first
      FROM (SELECT p.word, replace(replace(replace(p.word, '\', '\\'), '%', '\%'), '_', '\_') AS plain,
                   row_number() OVER (ORDER BY greatest(length(p.word), 2) DESC, p.nth) AS place
              FROM unnest(p_words) WITH ORDINALITY AS p (word, nth)) AS w;
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
                   AND (v_in[1] IS NULL OR v.name_search LIKE v_in[1])
                   AND (v_in[2] IS NULL OR v.name_search LIKE v_in[2] OR v.name_search LIKE v_first[2])
                   AND (v_in[3] IS NULL OR v.name_search LIKE v_in[3] OR v.name_search LIKE v_first[3])
                   AND (v_in[4] IS NULL OR v.name_search LIKE v_in[4] OR v.name_search LIKE v_first[4])
                   AND (p_phones IS NULL OR v.phone = ANY (p_phones) OR v.other_phone = ANY (p_phones))
                   AND (p_phone_end IS NULL OR reverse(v.phone) LIKE reverse(p_phone_end) || '%')
                   AND (p_cpf IS NULL OR v.cpf = p_cpf)
                   AND (p_emails IS NULL OR lower(v.email) = ANY (p_emails))
                   AND (p_birth_date IS NULL OR v.birth_date = p_birth_date)
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
    IF p_phone_end IS NOT NULL OR p_emails IS NOT NULL THEN
        -- Few have them; but of an expression without samples the planner expects many, and would walk all names for a short page.
        -- So they are found first (OFFSET 0 keeps the order out of it).
        RETURN QUERY
        SELECT f.*
          FROM (SELECT v.*
                  FROM patient.patient_view AS v
                 WHERE v.tenant_id = v_tenant_id
                   AND (p_phone_end IS NULL OR reverse(v.phone) LIKE reverse(p_phone_end) || '%')
                   AND (p_emails IS NULL OR lower(v.email) = ANY (p_emails))
                OFFSET 0) AS f
         WHERE (v_in[1] IS NULL OR f.name_search LIKE v_in[1])
           AND (v_in[2] IS NULL OR f.name_search LIKE v_in[2] OR f.name_search LIKE v_first[2])
           AND (v_in[3] IS NULL OR f.name_search LIKE v_in[3] OR f.name_search LIKE v_first[3])
           AND (v_in[4] IS NULL OR f.name_search LIKE v_in[4] OR f.name_search LIKE v_first[4])
           AND (p_phones IS NULL OR f.phone = ANY (p_phones) OR f.other_phone = ANY (p_phones))
           AND (p_cpf IS NULL OR f.cpf = p_cpf)
           AND (p_birth_date IS NULL OR f.birth_date = p_birth_date)
           AND (p_status IS NULL OR f.status = p_status)
           AND (p_stage IS NULL OR f.current_journey_stage = p_stage)
           AND (p_silent_since IS NULL OR f.last_interaction_at <= p_silent_since)
           AND (p_after_id IS NULL OR (f.name_search, f.patient_id) > (p_after_name, p_after_id))
         ORDER BY f.name_search, f.patient_id
         LIMIT p_limit;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT v.*
      FROM patient.patient_view AS v
     WHERE v.tenant_id = v_tenant_id
       AND (v_in[1] IS NULL OR v.name_search LIKE v_in[1])
       AND (v_in[2] IS NULL OR v.name_search LIKE v_in[2] OR v.name_search LIKE v_first[2])
       AND (v_in[3] IS NULL OR v.name_search LIKE v_in[3] OR v.name_search LIKE v_first[3])
       AND (v_in[4] IS NULL OR v.name_search LIKE v_in[4] OR v.name_search LIKE v_first[4])
       AND (p_phones IS NULL OR v.phone = ANY (p_phones) OR v.other_phone = ANY (p_phones))
       AND (p_cpf IS NULL OR v.cpf = p_cpf)
       AND (p_birth_date IS NULL OR v.birth_date = p_birth_date)
       AND (p_status IS NULL OR v.status = p_status)
       AND (p_stage IS NULL OR v.current_journey_stage = p_stage)
       AND (p_silent_since IS NULL OR v.last_interaction_at <= p_silent_since)
       AND (p_after_id IS NULL OR (v.name_search, v.patient_id) > (p_after_name, p_after_id))
     ORDER BY v.name_search, v.patient_id
     LIMIT p_limit;
END
$$;


ALTER FUNCTION patient.find_patients(p_words text[], p_phones text[], p_phone_end text, p_cpf text, p_emails text[], p_birth_date date, p_status text, p_stage text, p_silent_since timestamp with time zone, p_after_name text, p_after_id uuid, p_limit integer, p_clinics uuid[]) OWNER TO healz_search;

COMMENT ON FUNCTION patient.find_patients(p_words text[], p_phones text[], p_phone_end text, p_cpf text, p_emails text[], p_birth_date date, p_status text, p_stage text, p_silent_since timestamp with time zone, p_after_name text, p_after_id uuid, p_limit integer, p_clinics uuid[]) IS 'Keyset pages of patients by name. p_words are lower case and unaccented, in any order; one or two letters alone: how the name begins. p_phones: the spellings of one line; p_phone_end: its last digits. p_emails: the forms of one address. p_silent_since: no interaction after this, in any of p_clinics. p_after_name and p_after_id are of the last row seen. p_clinics: whose journeys p_stage and p_silent_since are about; NULL: every clinic''s.';

REVOKE ALL ON FUNCTION patient.find_patients(p_words text[], p_phones text[], p_phone_end text, p_cpf text, p_emails text[], p_birth_date date, p_status text, p_stage text, p_silent_since timestamp with time zone, p_after_name text, p_after_id uuid, p_limit integer, p_clinics uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION patient.find_patients(p_words text[], p_phones text[], p_phone_end text, p_cpf text, p_emails text[], p_birth_date date, p_status text, p_stage text, p_silent_since timestamp with time zone, p_after_name text, p_after_id uuid, p_limit integer, p_clinics uuid[]) TO healz_reader;
