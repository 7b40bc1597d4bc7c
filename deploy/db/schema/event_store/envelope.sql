-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION event_store.envelope(e event_store.events) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (((((((((((((((((((((((((((((((('{"event_id":"'::text || (e).event_id) || '","event_type":"'::text) || (e).event_type) || '","schema_version":'::text) || (e).schema_version) || ',"aggregate_type":"'::text) || (e).aggregate_type) || '","aggregate_id":"'::text) || (e).aggregate_id) || '","aggregate_version":'::text) || (e).aggregate_version) || ',"tenant_id":"'::text) || (e).tenant_id) || '","position":'::text) || (e)."position") || ',"patient_id":"'::text) || (e).patient_id) || '","clinic_id":'::text) || COALESCE((('"'::text || (e).clinic_id) || '"'::text), 'null'::text)) || ',"causation_id":'::text) || COALESCE((('"'::text || (e).causation_id) || '"'::text), 'null'::text)) || ',"correlation_id":"'::text) || (e).correlation_id) || '","user_id":'::text) || COALESCE((('"'::text || (e).user_id) || '"'::text), 'null'::text)) || ',"created_at":"'::text) || event_store.rfc3339((e).created_at)) || '","event_data":'::text) || (e).event_data) || ',"metadata":'::text) || COALESCE(((e).metadata)::text, 'null'::text)) || '}'::text);


ALTER FUNCTION event_store.envelope(e event_store.events) OWNER TO healz_migrator;

COMMENT ON FUNCTION event_store.envelope(e event_store.events) IS 'The envelope in JSON: the columns of events, under their own names.';

REVOKE ALL ON FUNCTION event_store.envelope(e event_store.events) FROM PUBLIC;
GRANT ALL ON FUNCTION event_store.envelope(e event_store.events) TO healz_command;
GRANT ALL ON FUNCTION event_store.envelope(e event_store.events) TO healz_reader;
GRANT ALL ON FUNCTION event_store.envelope(e event_store.events) TO healz_projector;
GRANT ALL ON FUNCTION event_store.envelope(e event_store.events) TO healz_relay;
