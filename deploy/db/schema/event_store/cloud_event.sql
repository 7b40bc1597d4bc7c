-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION event_store.cloud_event(e event_store.events) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (((((((((((((((('{"specversion":"1.0","id":"'::text || (e).event_id) || '","source":"/healz","type":"healz.'::text) || (e).event_type) || '","subject":"'::text) || (e).aggregate_id) || '","time":"'::text) || event_store.rfc3339((e).created_at)) || '","partitionkey":"'::text) || (e).tenant_id) || '","datacontenttype":"application/json","dataschema":"urn:healz:event:'::text) || (e).event_type) || ':'::text) || (e).schema_version) || '","data":'::text) || event_store.envelope(e)) || '}'::text);


ALTER FUNCTION event_store.cloud_event(e event_store.events) OWNER TO healz_migrator;

COMMENT ON FUNCTION event_store.cloud_event(e event_store.events) IS 'The Kafka record: a CloudEvent 1.0 in structured JSON mode, with the envelope as its data.';

REVOKE ALL ON FUNCTION event_store.cloud_event(e event_store.events) FROM PUBLIC;
GRANT ALL ON FUNCTION event_store.cloud_event(e event_store.events) TO healz_relay;
