-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION event_store.append_facts(p_tenant_id uuid, p_patient_id uuid, p_facts bigint, p_idempotency_key text, p_key_lifetime interval, p_request_hash bytea, p_answer jsonb, p_correlation_id uuid, p_user_id uuid, p_metadata jsonb, p_events jsonb, p_guards jsonb) RETURNS TABLE("position" bigint, last_at timestamp with time zone)
    LANGUAGE plpgsql
    AS $$
BEGIN
    "position" := event_store.append_events(
        p_tenant_id, p_patient_id, p_facts, p_idempotency_key, p_key_lifetime, p_request_hash, p_answer,
        p_correlation_id, p_user_id, p_metadata, p_events, p_guards);
    SELECT p.last_at INTO last_at
      FROM event_store.patient_log AS p
     WHERE p.tenant_id = p_tenant_id AND p.patient_id = p_patient_id;
    RETURN NEXT;
END
$$;


ALTER FUNCTION event_store.append_facts(p_tenant_id uuid, p_patient_id uuid, p_facts bigint, p_idempotency_key text, p_key_lifetime interval, p_request_hash bytea, p_answer jsonb, p_correlation_id uuid, p_user_id uuid, p_metadata jsonb, p_events jsonb, p_guards jsonb) OWNER TO healz_migrator;

COMMENT ON FUNCTION event_store.append_facts(p_tenant_id uuid, p_patient_id uuid, p_facts bigint, p_idempotency_key text, p_key_lifetime interval, p_request_hash bytea, p_answer jsonb, p_correlation_id uuid, p_user_id uuid, p_metadata jsonb, p_events jsonb, p_guards jsonb) IS 'append_events, and beside the position the time of the patient''s last event (last_at). With the number of facts that names what the log holds of the patient: who knows both may decide the next command on the case that they kept.

p_guards takes two more. last_at: decide again unless the patient''s last event is of this time. key_before: decide again where this idempotency key was answered, which the release before kept in the clear.';

REVOKE ALL ON FUNCTION event_store.append_facts(p_tenant_id uuid, p_patient_id uuid, p_facts bigint, p_idempotency_key text, p_key_lifetime interval, p_request_hash bytea, p_answer jsonb, p_correlation_id uuid, p_user_id uuid, p_metadata jsonb, p_events jsonb, p_guards jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION event_store.append_facts(p_tenant_id uuid, p_patient_id uuid, p_facts bigint, p_idempotency_key text, p_key_lifetime interval, p_request_hash bytea, p_answer jsonb, p_correlation_id uuid, p_user_id uuid, p_metadata jsonb, p_events jsonb, p_guards jsonb) TO healz_command;
