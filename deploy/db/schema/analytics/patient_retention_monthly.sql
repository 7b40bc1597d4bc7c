-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE MATERIALIZED VIEW analytics.patient_retention_monthly AS
 WITH zones AS (
         SELECT DISTINCT j.tenant_id,
            j.clinic_id,
            analytics.clinic_zone(c_1.time_zone, t.time_zone) AS zone
           FROM ((journey.journey_view j
             LEFT JOIN reference.clinics c_1 ON (((c_1.tenant_id = j.tenant_id) AND (c_1.clinic_id = j.clinic_id))))
             LEFT JOIN reference.tenants t ON ((t.tenant_id = j.tenant_id)))
        ), journeys AS (
         SELECT j.tenant_id,
            j.clinic_id,
            z.zone,
            j.current_stage AS stage,
            (date_trunc('month'::text, (j.started_at AT TIME ZONE z.zone)))::date AS started_in,
            (date_trunc('month'::text, (
                CASE
                    WHEN (NOT j.is_active) THEN COALESCE(j.completed_at, j.stage_changed_at)
                    ELSE NULL::timestamp with time zone
                END AT TIME ZONE z.zone)))::date AS ended_in,
            (row_number() OVER (PARTITION BY j.tenant_id, j.clinic_id, j.patient_id ORDER BY j.started_at) = 1) AS first
           FROM (journey.journey_view j
             JOIN zones z ON (((z.tenant_id = j.tenant_id) AND (z.clinic_id = j.clinic_id))))
        ), months AS (
         SELECT b.tenant_id,
            b.clinic_id,
            (m.month)::date AS month
           FROM (( SELECT journeys.tenant_id,
                    journeys.clinic_id,
                    journeys.zone,
                    min(journeys.started_in) AS first_month
                   FROM journeys
                  GROUP BY journeys.tenant_id, journeys.clinic_id, journeys.zone) b
             CROSS JOIN LATERAL generate_series((b.first_month)::timestamp without time zone, date_trunc('month'::text, (now() AT TIME ZONE b.zone)), '1 mon'::interval) m(month))
        ), scores AS (
         SELECT e.tenant_id,
            e.clinic_id,
            (date_trunc('month'::text, (((e.event_data ->> 'recalculated_at'::text))::timestamp with time zone AT TIME ZONE z.zone)))::date AS month,
            round(avg(((e.event_data ->> 'new_score'::text))::numeric), 2) AS average
           FROM (event_store.events e
             JOIN zones z ON (((z.tenant_id = e.tenant_id) AND (z.clinic_id = e.clinic_id))))
          WHERE (e.event_type = 'RiskScoreRecalculated'::text)
          GROUP BY e.tenant_id, e.clinic_id, ((date_trunc('month'::text, (((e.event_data ->> 'recalculated_at'::text))::timestamp with time zone AT TIME ZONE z.zone)))::date)
        ), counted AS (
         SELECT m.tenant_id,
            m.clinic_id,
            m.month,
            count(*) FILTER (WHERE (j.first AND (j.started_in = m.month))) AS new_patients,
            count(*) FILTER (WHERE ((j.ended_in IS NULL) OR (j.ended_in >= m.month))) AS active_journeys,
            count(*) FILTER (WHERE ((j.stage = 'completed'::text) AND (j.ended_in = m.month))) AS completed_journeys,
            count(*) FILTER (WHERE ((j.stage = 'abandoned'::text) AND (j.ended_in = m.month))) AS abandoned_journeys
           FROM (months m
             JOIN journeys j ON (((j.tenant_id = m.tenant_id) AND (j.clinic_id = m.clinic_id) AND (j.started_in <= m.month))))
          GROUP BY m.tenant_id, m.clinic_id, m.month
        )
 SELECT c.tenant_id,
    c.clinic_id,
    c.month,
    c.new_patients,
    c.active_journeys,
    c.completed_journeys,
    c.abandoned_journeys,
    round(((c.completed_journeys)::numeric / (NULLIF((c.completed_journeys + c.abandoned_journeys), 0))::numeric), 4) AS retention_rate,
    round(((c.abandoned_journeys)::numeric / (NULLIF((c.completed_journeys + c.abandoned_journeys), 0))::numeric), 4) AS abandonment_rate,
    s.average AS average_risk_score
   FROM (counted c
     LEFT JOIN scores s ON (((s.tenant_id = c.tenant_id) AND (s.clinic_id = c.clinic_id) AND (s.month = c.month))))
  WITH NO DATA;


ALTER MATERIALIZED VIEW analytics.patient_retention_monthly OWNER TO healz_migrator;

COMMENT ON MATERIALIZED VIEW analytics.patient_retention_monthly IS 'Every tenant''s months in the clinic''s own zone. New patients of a clinic are first journeys there; retention is completed of those that ended; the average is of the scores that were calculated in the month.';

CREATE UNIQUE INDEX patient_retention_monthly_key ON analytics.patient_retention_monthly USING btree (tenant_id, clinic_id, month);

GRANT MAINTAIN ON TABLE analytics.patient_retention_monthly TO healz_sweeper;
