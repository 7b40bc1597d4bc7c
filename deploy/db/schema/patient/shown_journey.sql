-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION patient.shown_journey(p_journeys jsonb, p_clinics uuid[]) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT e.journey
      FROM jsonb_each(p_journeys) AS e (journey_id, journey)
     CROSS JOIN jsonb_to_record(e.journey)
        AS j (clinic_id uuid, score numeric, active boolean, started_at text, ended_at text)
     WHERE j.clinic_id = ANY (p_clinics)
     ORDER BY j.active DESC, j.ended_at DESC, COALESCE(j.score, 0) DESC, j.started_at DESC, e.journey_id DESC
     LIMIT 1
$$;


ALTER FUNCTION patient.shown_journey(p_journeys jsonb, p_clinics uuid[]) OWNER TO healz_migrator;

COMMENT ON FUNCTION patient.shown_journey(p_journeys jsonb, p_clinics uuid[]) IS 'The journey that stands for a patient, among those in these clinics: the newest started of the active ones, else the last to end.';

REVOKE ALL ON FUNCTION patient.shown_journey(p_journeys jsonb, p_clinics uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION patient.shown_journey(p_journeys jsonb, p_clinics uuid[]) TO healz_reader;
GRANT ALL ON FUNCTION patient.shown_journey(p_journeys jsonb, p_clinics uuid[]) TO healz_search;
