-- Which journey stands for a patient, now that journeys have scores: the riskiest active one; equal scores: the newest
-- started; none active: the last to end. patient_view's own stage and score are of all clinics; these functions ask the
-- same of some clinics' journeys alone, for who may see no others.
SET LOCAL lock_timeout = '5s';

-- A journey that was never judged has no score. An active one has no ended_at.
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

CREATE OR REPLACE FUNCTION patient.shown_stage(p_journeys jsonb, p_clinics uuid[]) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT patient.shown_journey(p_journeys, p_clinics) ->> 'stage'
$$;

CREATE FUNCTION patient.shown_score(p_journeys jsonb, p_clinics uuid[]) RETURNS numeric
    LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT COALESCE((patient.shown_journey(p_journeys, p_clinics) ->> 'score')::numeric(3,2), 0)
$$;

REVOKE EXECUTE ON FUNCTION patient.shown_journey(jsonb, uuid[]), patient.shown_score(jsonb, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION patient.shown_journey(jsonb, uuid[]) TO healz_reader, healz_search;
GRANT EXECUTE ON FUNCTION patient.shown_score(jsonb, uuid[]) TO healz_reader;
