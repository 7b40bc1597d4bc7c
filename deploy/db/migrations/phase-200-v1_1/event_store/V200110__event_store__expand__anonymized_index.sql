-- transaction: none
-- Who was anonymised, in the log itself: whoever shows events asks for it each time. One event of a patient at most, so the
-- index is tiny and an append that adds to it is rare.
--
-- As V200072: each month's index in a transaction of its own, the present month alone keeps appends waiting.
SET lock_timeout = '5s';

CREATE INDEX IF NOT EXISTS events_anonymized ON ONLY event_store.events (tenant_id, patient_id)
 WHERE event_type = 'PatientAnonymized';

DO $$
DECLARE
    v_partition regclass;
    v_index     text;
BEGIN
    FOR v_partition IN
        SELECT t.inhrelid::regclass
          FROM pg_inherits AS t
         WHERE t.inhparent = 'event_store.events'::regclass
           AND NOT EXISTS (SELECT
                             FROM pg_index AS x
                             JOIN pg_inherits AS i ON i.inhrelid = x.indexrelid
                            WHERE x.indrelid = t.inhrelid
                              AND i.inhparent = 'event_store.events_anonymized'::regclass)
         ORDER BY 1
    LOOP
        v_index := (SELECT c.relname || '_anonymized' FROM pg_class AS c WHERE c.oid = v_partition);
        EXECUTE format('CREATE INDEX %I ON %s (tenant_id, patient_id) WHERE event_type = %L',
                       v_index, v_partition, 'PatientAnonymized');
        EXECUTE format('ALTER INDEX event_store.events_anonymized ATTACH PARTITION event_store.%I', v_index);
        COMMIT;
    END LOOP;
END
$$;
