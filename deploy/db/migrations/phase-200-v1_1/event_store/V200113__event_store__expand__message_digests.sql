-- transaction: none
-- fills: event_store.provider_messages.whatsapp_message_id
-- A provider's id of a message holds the patient's phone (WhatsApp's does, in base64), and this table is not the log: so it
-- keeps a digest, by which a message that comes again is known just as well. command-api gives digests from this release on;
-- those of before are made here, a batch at a time. An interrupted run is simply done again.
--
-- What the release before records meanwhile stands there as it is, until V200114's procedure is called. A message that both
-- releases get is known by its patient's own events.
SET lock_timeout = '5s';

DO $$
DECLARE
    v_rows integer;
BEGIN
    LOOP
        UPDATE event_store.provider_messages AS m
           SET whatsapp_message_id =
               encode(sha256(convert_to(m.tenant_id || ':' || m.whatsapp_message_id, 'UTF8')), 'hex')
          FROM (SELECT tenant_id, whatsapp_message_id
                  FROM event_store.provider_messages
                 WHERE whatsapp_message_id !~ '^[0-9a-f]{64}$'
                 LIMIT 10000) AS raw
         WHERE m.tenant_id = raw.tenant_id AND m.whatsapp_message_id = raw.whatsapp_message_id;
        GET DIAGNOSTICS v_rows = ROW_COUNT;
        COMMIT;
        EXIT WHEN v_rows = 0;
    END LOOP;
END
$$;
