-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE VIEW ops.checkpoints WITH (security_invoker='true') AS
 SELECT 'patient'::text AS read_model,
    checkpoint.tenant_id,
    checkpoint."position",
    checkpoint.event_position,
    checkpoint.event_id
   FROM patient.checkpoint
UNION ALL
 SELECT 'appointment'::text AS read_model,
    checkpoint.tenant_id,
    checkpoint."position",
    checkpoint.event_position,
    checkpoint.event_id
   FROM appointment.checkpoint
UNION ALL
 SELECT 'journey'::text AS read_model,
    checkpoint.tenant_id,
    checkpoint."position",
    checkpoint.event_position,
    checkpoint.event_id
   FROM journey.checkpoint;


ALTER VIEW ops.checkpoints OWNER TO healz_migrator;

COMMENT ON VIEW ops.checkpoints IS 'How far each read model has got in each tenant''s log. A new read model adds its line here.';

GRANT SELECT ON TABLE ops.checkpoints TO healz_reader;
