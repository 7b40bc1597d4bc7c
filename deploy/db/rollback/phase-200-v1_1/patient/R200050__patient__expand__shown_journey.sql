SET LOCAL lock_timeout = '5s';

DROP FUNCTION patient.shown_score(jsonb, uuid[]);

CREATE OR REPLACE FUNCTION patient.shown_stage(p_journeys jsonb, p_clinics uuid[]) RETURNS text
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

DROP FUNCTION patient.shown_journey(jsonb, uuid[]);
