-- A command is decided on the case that a process has kept, without a look at the store first: so the append itself has to
-- find out whatever that look would have. Two guards more; who sends neither meets nothing new.
SET LOCAL lock_timeout = '5s';

-- last_at: a store that was restored to an earlier moment, and gone on with, comes to the same number of facts by others.
-- A commit without events leaves the patient's times alone, for they are those of events.
CALL ops.change_function('event_store.append_events',
    p_before => $$           SET facts = p_facts + v_count, first_at = least(first_at, v_now), last_at = greatest(last_at, v_now)
         WHERE tenant_id = v_tenant_id AND patient_id = p_patient_id AND facts = p_facts;$$,
    p_after  => $$           SET facts = p_facts + v_count, first_at = least(first_at, v_now),
               last_at = CASE WHEN v_count > 0 THEN greatest(last_at, v_now) ELSE last_at END
         WHERE tenant_id = v_tenant_id AND patient_id = p_patient_id AND facts = p_facts
           AND last_at = COALESCE((p_guards ->> 'last_at')::timestamptz, last_at);$$,
    p_makes  => '815ffc212940');
-- key_before: the idempotency key as the release before kept it, in the clear. Its age is compared so that no plan finds
-- it by the index on ages, through all keys of a day.
CALL ops.change_function('event_store.append_events',
    p_before => $$    IF p_idempotency_key IS NOT NULL THEN
$$,
    p_after  => $$    IF p_guards ? 'key_before' AND EXISTS (SELECT
                                             FROM event_store.idempotency_keys AS k
                                            WHERE k.tenant_id = v_tenant_id
                                              AND k.idempotency_key = p_guards ->> 'key_before'
                                              AND k.created_at + p_key_lifetime > v_now) THEN
        RAISE EXCEPTION 'this idempotency key was answered before' USING ERRCODE = 'serialization_failure';
    END IF;
    IF p_idempotency_key IS NOT NULL THEN
$$,
    p_makes  => '37983ee84069');

CREATE FUNCTION event_store.append_facts(
    p_tenant_id          uuid,
    p_patient_id         uuid,
    p_facts              bigint,
    p_idempotency_key    text,
    p_key_lifetime       interval,
    p_request_hash       bytea,
    p_answer             jsonb,
    p_correlation_id     uuid,
    p_user_id            uuid,
    p_metadata           jsonb,
    p_events             jsonb,
    p_guards             jsonb
) RETURNS TABLE ("position" bigint, last_at timestamptz)
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
REVOKE EXECUTE ON FUNCTION event_store.append_facts(uuid, uuid, bigint, text, interval, bytea, jsonb, uuid, uuid, jsonb, jsonb, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION event_store.append_facts(uuid, uuid, bigint, text, interval, bytea, jsonb, uuid, uuid, jsonb, jsonb, jsonb)
    TO healz_command;
COMMENT ON FUNCTION event_store.append_facts(uuid, uuid, bigint, text, interval, bytea, jsonb, uuid, uuid, jsonb, jsonb, jsonb) IS
'append_events, and beside the position the time of the patient''s last event (last_at). With the number of facts that names what the log holds of the patient: who knows both may decide the next command on the case that they kept.

p_guards takes two more. last_at: decide again unless the patient''s last event is of this time. key_before: decide again where this idempotency key was answered, which the release before kept in the clear.';
