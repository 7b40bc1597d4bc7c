-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION patient.shown_score(p_journeys jsonb, p_clinics uuid[]) RETURNS numeric
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT COALESCE((patient.shown_journey(p_journeys, p_clinics) ->> 'score')::numeric(3,2), 0)
$$;


ALTER FUNCTION patient.shown_score(p_journeys jsonb, p_clinics uuid[]) OWNER TO healz_migrator;

COMMENT ON FUNCTION patient.shown_score(p_journeys jsonb, p_clinics uuid[]) IS 'The risk score of the journey that stands for a patient.';

REVOKE ALL ON FUNCTION patient.shown_score(p_journeys jsonb, p_clinics uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION patient.shown_score(p_journeys jsonb, p_clinics uuid[]) TO healz_reader;
