-- role: admin
-- A client's Idempotency-Key, and a plain hash of what it asked for, may tell a patient's phone. command-api keeps both as keyed
-- hashes (HMAC) from now on, and so it does with an imported file's key and rows. What the release before kept in the clear:
-- requests' keys expire within a day; files' keys stayed for ever, so ops.forget_anonymized() takes them away too.
--
-- It is not called here: the release before still writes such keys. A file that is sent again afterwards is looked at anew, and
-- its rows are found to be known; the rows of import_batches stay, because take_imported_times asks for imports that were begun
-- and not ended. A client's key that begins like a seed's was never purged.
SET LOCAL lock_timeout = '5s';

CALL ops.change_function('ops.forget_anonymized',
$$
    UPDATE event_store.provider_messages
$$,
$$
    UPDATE event_store.import_batches
       SET import_key = encode(sha256(convert_to(gen_random_uuid()::text, 'UTF8')), 'hex'), digest = ''
     WHERE import_key !~ '^[0-9a-f]{64}$';
    DELETE FROM event_store.idempotency_keys
     WHERE idempotency_key LIKE 'seed:%' AND idempotency_key !~ '^seed:[0-9]{6}:[0-9]{1,6}$';
    UPDATE event_store.provider_messages
$$,
'd6ce727181cd');

COMMENT ON PROCEDURE ops.forget_anonymized() IS 'Empties what an older release left of anonymised patients: columns, and the keys of files in the clear. A second call finds nothing.';
COMMENT ON TABLE event_store.idempotency_keys IS 'Answers by Idempotency-Key: the same key and body gets the same answer again. A client''s key and request_hash are keyed hashes (HMAC). Expired ones are purged.';
COMMENT ON TABLE event_store.import_batches IS 'Progress of an imported file, a batch of rows at a time. import_key and digest are keyed hashes (HMAC): of the file''s Idempotency-Key, and of the header and the batch''s rows, so other bytes under the same key are seen at the first batch that differs. refused is NULL until the whole batch was tried; with 0 nothing is left to do in it.';
