-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION patient.shown_stage(p_journeys jsonb, p_clinics uuid[]) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT patient.shown_journey(p_journeys, p_clinics) ->> 'stage'
$$;


ALTER FUNCTION patient.shown_stage(p_journeys jsonb, p_clinics uuid[]) OWNER TO healz_migrator;

COMMENT ON FUNCTION patient.shown_stage(p_journeys jsonb, p_clinics uuid[]) IS 'The stage of the journey that stands for a patient.';

REVOKE ALL ON FUNCTION patient.shown_stage(p_journeys jsonb, p_clinics uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION patient.shown_stage(p_journeys jsonb, p_clinics uuid[]) TO healz_reader;
GRANT ALL ON FUNCTION patient.shown_stage(p_journeys jsonb, p_clinics uuid[]) TO healz_search;
