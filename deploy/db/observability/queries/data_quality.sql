-- What must never be, looked for in the log and in the read models: each check, how many were found, and one of them.
-- Normal: none. In a read model: delete the tenant's rows in that schema, the checkpoint too, and they are folded anew; then find
-- the fold that did it. In the log: stop the tenant's writers and compare with Kafka and the last backup, nothing repairs itself. It reads all events: ask it when the clinics are closed.
WITH checks (nth, check_name, problem) AS (
    VALUES (1,  'positions after a gap, or there twice',              'the log is not 1…n'),
           (2,  'tenants whose head is not the newest position',      'tenant_log and events differ'),
           (3,  'patients whose facts are not counted right',         'patient_log and events differ'),
           (4,  'streams whose patient has no log',                   'orphans in streams'),
           (5,  'checkpoints ahead of the log',                       'a read model knows events that the log lacks'),
           (6,  'appointments whose patient has no row',              'orphans in appointment_view'),
           (7,  'patients with a negative counter',                   'patient_view counts wrong'),
           (8,  'appointments with a negative counter',               'appointment_view counts wrong'),
           (9,  'journeys with a negative counter',                   'journey_view counts wrong'),
           (10, 'patients with two active journeys in a clinic',      'a journey was not ended'),
           (11, 'tenants for whom a component has stopped',           'a person decides: docs/runbooks/halted-tenant.md'),
           (12, 'checkpoints at another event than the log has',      'a read model was folded from another log: restored?'),
           (13, 'rows that say more of somebody who was anonymised',  'a process of the release before wrote them: CALL ops.forget_anonymized()'),
           (14, 'checkpoints that were set back by hand',             'the rows hold later events: healz-projection rebuild')
),
counted AS MATERIALIZED (
    SELECT tenant_id, patient_id, count(*) AS events, max(position) AS newest
      FROM event_store.events
     GROUP BY tenant_id, patient_id
),
found (nth, example) AS (
    SELECT 1, format('tenant %s, position %s', tenant_id, position)
      FROM (SELECT tenant_id, position,
                   position - lag(position, 1, 0::bigint) OVER (PARTITION BY tenant_id ORDER BY position) AS step
              FROM event_store.events) AS stepped
     WHERE step <> 1
    UNION ALL
    SELECT 2, format('tenant %s', tenant_id)
      FROM (SELECT tenant_id, max(newest) AS newest FROM counted GROUP BY tenant_id) AS e
      FULL JOIN event_store.tenant_log AS l USING (tenant_id)
     WHERE COALESCE(e.newest, 0) <> COALESCE(l.position, 0)
    UNION ALL
    SELECT 3, format('tenant %s, patient %s', tenant_id, patient_id)
      FROM counted AS e
      FULL JOIN event_store.patient_log AS p USING (tenant_id, patient_id)
     WHERE COALESCE(e.events, 0) <> COALESCE(p.facts, 0)
    UNION ALL
    SELECT 4, format('tenant %s, aggregate %s', s.tenant_id, s.aggregate_id)
      FROM event_store.streams AS s
     WHERE NOT EXISTS (SELECT FROM event_store.patient_log AS p
                        WHERE p.tenant_id = s.tenant_id AND p.patient_id = s.patient_id)
    UNION ALL
    SELECT 5, format('tenant %s, read model %s', tenant_id, c.read_model)
      FROM ops.checkpoints AS c
      LEFT JOIN event_store.tenant_log AS l USING (tenant_id)
     WHERE c.position > COALESCE(l.position, 0)
    UNION ALL
    -- Two read models can be compared where both have got equally far.
    SELECT 6, format('tenant %s, appointment %s', a.tenant_id, a.appointment_id)
      FROM appointment.appointment_view AS a
      JOIN appointment.checkpoint       AS ac ON ac.tenant_id = a.tenant_id
      JOIN patient.checkpoint           AS pc ON pc.tenant_id = a.tenant_id AND pc.position = ac.position
     WHERE NOT EXISTS (SELECT FROM patient.patient_view AS p
                        WHERE p.tenant_id = a.tenant_id AND p.patient_id = a.patient_id)
    UNION ALL
    SELECT 7, format('tenant %s, patient %s', tenant_id, patient_id)
      FROM patient.patient_view
     WHERE least(total_appointments, completed_appointments, cancelled_appointments, no_show_count, interaction_count) < 0
    UNION ALL
    SELECT 8, format('tenant %s, appointment %s', tenant_id, appointment_id)
      FROM appointment.appointment_view
     WHERE least(confirmation_count, rescheduled_count) < 0
    UNION ALL
    SELECT 9, format('tenant %s, journey %s', tenant_id, journey_id)
      FROM journey.journey_view
     WHERE least(total_interactions, total_appointments, missed_appointments, cancelled_appointments) < 0
    UNION ALL
    SELECT 10, format('tenant %s, patient %s, clinic %s', tenant_id, patient_id, clinic_id)
      FROM journey.journey_view
     WHERE is_active
     GROUP BY tenant_id, patient_id, clinic_id HAVING count(*) > 1
    UNION ALL
    SELECT 11, format('tenant %s, %s, position %s: %s', tenant_id, component, position, reason)
      FROM ops.halted_tenants
    UNION ALL
    SELECT 12, format('tenant %s, read model %s, position %s', tenant_id, c.read_model, c.event_position)
      FROM ops.checkpoints        AS c
      JOIN event_store.tenant_log AS l USING (tenant_id)
     WHERE c.position <= l.position
       AND NOT EXISTS (SELECT FROM event_store.events AS e
                        WHERE e.tenant_id = c.tenant_id AND e.position = c.event_position AND e.event_id = c.event_id)
       AND c.event_id IS NOT NULL
    UNION ALL
    -- Nobody else is without a phone.
    SELECT 13, format('tenant %s, patient %s', tenant_id, patient_id)
      FROM patient.patient_view
     WHERE phone = '' AND (preferences IS NOT NULL OR preferred_clinic_id IS NOT NULL OR preferred_doctor_id IS NOT NULL)
    UNION ALL
    SELECT 13, format('tenant %s, appointment %s', tenant_id, appointment_id)
      FROM appointment.appointment_view
     WHERE patient_phone = '' AND (notes IS NOT NULL OR cancellation_reason IS NOT NULL)
    UNION ALL
    -- A client's word for a file may name a patient.
    SELECT 13, format('tenant %s, a file of %s', tenant_id, created_at)
      FROM event_store.import_batches
     WHERE import_key !~ '^[0-9a-f]{64}$'
    UNION ALL
    SELECT 14, format('tenant %s, read model %s, from %s to %s', tenant_id, read_model, event_position, position)
      FROM ops.checkpoints
     WHERE event_position > position
)
SELECT check_name,
       count(f.nth)                                                   AS found,
       min(f.example)                                                 AS example,
       CASE count(f.nth) WHEN 0 THEN 'ok' ELSE c.problem END          AS verdict
  FROM checks AS c
  LEFT JOIN found AS f USING (nth)
 GROUP BY nth, check_name, problem
 ORDER BY count(f.nth) = 0, nth;
