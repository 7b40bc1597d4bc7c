-- What clinics look back on. Row-level security does not reach a materialised view: so the two are granted to no role
-- that asks questions, and read through views that let one tenant through. Those are security barriers: a plain view ran the
-- caller's own function on other tenants' rows.
SET LOCAL lock_timeout = '5s';

-- When each was refreshed, by whoever runs the job.
CREATE TABLE analytics.refreshes (
    view_name    text        PRIMARY KEY,
    refreshed_at timestamptz NOT NULL,
    duration_ms  integer     NOT NULL
);

CREATE FUNCTION analytics.clinic_zone(p_clinic_zone text, p_tenant_zone text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN COALESCE(p_clinic_zone, p_tenant_zone, 'America/Sao_Paulo');

-- The last 90 days, today included, by the day of the appointment in the clinic's own zone.
CREATE MATERIALIZED VIEW analytics.clinic_metrics_daily AS
SELECT a.tenant_id,
       a.clinic_id,
       d.date,
       count(*)                                        AS total_appointments,
       count(*) FILTER (WHERE a.status = 'completed')  AS completed_appointments,
       count(*) FILTER (WHERE a.status = 'no_show')    AS no_shows,
       count(*) FILTER (WHERE a.status = 'cancelled')  AS cancelled_appointments,
       round(avg(extract(epoch FROM a.completed_at - a.scheduled_for) / 60)
             FILTER (WHERE a.status = 'completed'), 1) AS minutes_to_completion
  FROM appointment.appointment_view AS a
  LEFT JOIN reference.clinics AS c ON c.tenant_id = a.tenant_id AND c.clinic_id = a.clinic_id
  LEFT JOIN reference.tenants AS t ON t.tenant_id = a.tenant_id
 CROSS JOIN LATERAL (SELECT analytics.clinic_zone(c.time_zone, t.time_zone)) AS z (zone)
 CROSS JOIN LATERAL (SELECT (a.scheduled_for AT TIME ZONE z.zone)::date, (now() AT TIME ZONE z.zone)::date) AS d (date, today)
 WHERE a.scheduled_for > now() - interval '92 days'
   AND d.date BETWEEN d.today - 89 AND d.today
 GROUP BY a.tenant_id, a.clinic_id, d.date;
CREATE UNIQUE INDEX clinic_metrics_daily_key ON analytics.clinic_metrics_daily (tenant_id, clinic_id, date);

-- Months in the clinic's own zone. New patients of a clinic are first journeys there; retention is completed of those that
-- ended; the average is that of the scores that were calculated in the month.
CREATE MATERIALIZED VIEW analytics.patient_retention_monthly AS
WITH zones AS (
    SELECT DISTINCT j.tenant_id, j.clinic_id, analytics.clinic_zone(c.time_zone, t.time_zone) AS zone
      FROM journey.journey_view AS j
      LEFT JOIN reference.clinics AS c ON c.tenant_id = j.tenant_id AND c.clinic_id = j.clinic_id
      LEFT JOIN reference.tenants AS t ON t.tenant_id = j.tenant_id
), journeys AS (
    SELECT j.tenant_id, j.clinic_id, z.zone, j.current_stage AS stage,
           date_trunc('month', j.started_at AT TIME ZONE z.zone)::date AS started_in,
           date_trunc('month', CASE WHEN NOT j.is_active THEN COALESCE(j.completed_at, j.stage_changed_at) END
                               AT TIME ZONE z.zone)::date              AS ended_in,
           row_number() OVER (PARTITION BY j.tenant_id, j.clinic_id, j.patient_id ORDER BY j.started_at) = 1 AS first
      FROM journey.journey_view AS j
      JOIN zones AS z ON z.tenant_id = j.tenant_id AND z.clinic_id = j.clinic_id
), months AS (
    SELECT b.tenant_id, b.clinic_id, m.month::date AS month
      FROM (SELECT tenant_id, clinic_id, zone, min(started_in) AS first_month
              FROM journeys GROUP BY tenant_id, clinic_id, zone) AS b
     CROSS JOIN LATERAL generate_series(
               b.first_month::timestamp, date_trunc('month', now() AT TIME ZONE b.zone), interval '1 month') AS m (month)
), scores AS (
    SELECT e.tenant_id, e.clinic_id,
           date_trunc('month', (e.event_data ->> 'recalculated_at')::timestamptz AT TIME ZONE z.zone)::date AS month,
           round(avg((e.event_data ->> 'new_score')::numeric), 2) AS average
      FROM event_store.events AS e
      JOIN zones AS z ON z.tenant_id = e.tenant_id AND z.clinic_id = e.clinic_id
     WHERE e.event_type = 'RiskScoreRecalculated'
     GROUP BY 1, 2, 3
), counted AS (
    SELECT m.tenant_id, m.clinic_id, m.month,
           count(*) FILTER (WHERE j.first AND j.started_in = m.month)                           AS new_patients,
           count(*) FILTER (WHERE j.ended_in IS NULL OR j.ended_in >= m.month)                  AS active_journeys,
           count(*) FILTER (WHERE j.stage = 'completed' AND j.ended_in = m.month)               AS completed_journeys,
           count(*) FILTER (WHERE j.stage = 'abandoned' AND j.ended_in = m.month)               AS abandoned_journeys
      FROM months AS m
      JOIN journeys AS j ON j.tenant_id = m.tenant_id AND j.clinic_id = m.clinic_id AND j.started_in <= m.month
     GROUP BY 1, 2, 3
)
SELECT c.*,
       round(c.completed_journeys::numeric / NULLIF(c.completed_journeys + c.abandoned_journeys, 0), 4) AS retention_rate,
       round(c.abandoned_journeys::numeric / NULLIF(c.completed_journeys + c.abandoned_journeys, 0), 4) AS abandonment_rate,
       s.average                                                                                        AS average_risk_score
  FROM counted AS c
  LEFT JOIN scores AS s ON s.tenant_id = c.tenant_id AND s.clinic_id = c.clinic_id AND s.month = c.month;
CREATE UNIQUE INDEX patient_retention_monthly_key ON analytics.patient_retention_monthly (tenant_id, clinic_id, month);

-- Which tenant an analyst's login is for. Their SQL is free, so it can't come from a setting that they could change.
CREATE TABLE analytics.analyst_logins (
    tenant_id uuid NOT NULL,
    login     name NOT NULL,
    PRIMARY KEY (tenant_id, login)
);
CALL ops.protect('analytics.analyst_logins');
CREATE POLICY own_login ON analytics.analyst_logins FOR SELECT TO healz_analyst USING (login = session_user);
-- healz_reader has no policy: it may call what looks here, and finds nobody.
GRANT SELECT ON analytics.analyst_logins TO healz_analyst, healz_reader;

-- The tenant of who asks: an analyst's by their login, everybody else's by the transaction's setting. A login that is
-- written down for two tenants sees neither.
CREATE FUNCTION analytics.asking_tenant() RETURNS uuid
    LANGUAGE sql STABLE
AS $$
    SELECT CASE WHEN pg_has_role(session_user, 'healz_analyst', 'MEMBER')
                THEN (SELECT CASE WHEN count(*) = 1 THEN (array_agg(l.tenant_id))[1] END
                        FROM analytics.analyst_logins AS l WHERE l.login = session_user)
                ELSE ops.current_tenant() END
$$;

-- And the clinics: an analyst asks about all of them.
CREATE FUNCTION analytics.asks_about(p_clinic_id uuid) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN pg_has_role(session_user, 'healz_analyst', 'MEMBER') OR ops.sees_clinic(p_clinic_id);

CREATE VIEW analytics.clinic_metrics_daily_of_tenant WITH (security_barrier = true) AS
SELECT * FROM analytics.clinic_metrics_daily
 WHERE tenant_id = (SELECT analytics.asking_tenant()) AND analytics.asks_about(clinic_id);
CREATE VIEW analytics.patient_retention_monthly_of_tenant WITH (security_barrier = true) AS
SELECT * FROM analytics.patient_retention_monthly
 WHERE tenant_id = (SELECT analytics.asking_tenant()) AND analytics.asks_about(clinic_id);

REVOKE EXECUTE ON FUNCTION analytics.clinic_zone(text, text), analytics.asking_tenant(), analytics.asks_about(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION analytics.asking_tenant(), analytics.asks_about(uuid) TO healz_reader, healz_analyst;
GRANT SELECT ON analytics.clinic_metrics_daily_of_tenant, analytics.patient_retention_monthly_of_tenant
    TO healz_reader, healz_analyst;

-- The job refreshes without reading: MAINTAIN is no SELECT.
GRANT MAINTAIN ON analytics.clinic_metrics_daily, analytics.patient_retention_monthly TO healz_sweeper;
GRANT SELECT, INSERT, UPDATE ON analytics.refreshes TO healz_sweeper;

-- For a scheduler, every 15 and 30 minutes: CALL analytics.refresh('clinic_metrics_daily'). Readers go on meanwhile.
CREATE PROCEDURE analytics.refresh(p_view_name text)
    LANGUAGE plpgsql
AS $$
DECLARE
    v_started timestamptz := clock_timestamp();
BEGIN
    EXECUTE format('REFRESH MATERIALIZED VIEW CONCURRENTLY analytics.%I', p_view_name);
    INSERT INTO analytics.refreshes (view_name, refreshed_at, duration_ms)
    VALUES (p_view_name, v_started, extract(epoch FROM clock_timestamp() - v_started) * 1000)
    ON CONFLICT (view_name) DO UPDATE SET refreshed_at = EXCLUDED.refreshed_at, duration_ms = EXCLUDED.duration_ms;
END
$$;
REVOKE EXECUTE ON PROCEDURE analytics.refresh(text) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE analytics.refresh(text) TO healz_sweeper;
