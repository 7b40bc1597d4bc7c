-- role: admin
-- What was taken away stays so.
SET LOCAL lock_timeout = '5s';

CALL ops.change_function('ops.forget_anonymized',
$$
    UPDATE event_store.import_batches
       SET import_key = encode(sha256(convert_to(gen_random_uuid()::text, 'UTF8')), 'hex'), digest = ''
     WHERE import_key !~ '^[0-9a-f]{64}$';
    DELETE FROM event_store.idempotency_keys
     WHERE idempotency_key LIKE 'seed:%' AND idempotency_key !~ '^seed:[0-9]{6}:[0-9]{1,6}$';
    UPDATE event_store.provider_messages
$$,
$$
    UPDATE event_store.provider_messages
$$,
'32c6570c5ef8');

COMMENT ON PROCEDURE ops.forget_anonymized() IS 'Empties the columns of anonymised patients that an older release left filled. A second call finds nothing.';
COMMENT ON TABLE event_store.idempotency_keys IS 'Answers by Idempotency-Key: the same key and body gets the same answer again. Expired ones are purged.';
COMMENT ON TABLE event_store.import_batches IS 'Progress of an imported file, a batch of rows at a time. The digest is of the header and the batch''s rows, so other bytes under the same key are seen at the first batch that differs. refused is NULL until the whole batch was tried; with 0 nothing is left to do in it.';
