-- transaction: none
-- What is known of a patient's health stands in the log alone, and the newest event of its kind is all of it: found without
-- reading what was said and done since. Few patients have such events, so the index is small and an append that adds to it is
-- rare.
--
-- As V200110: each month's index in a transaction of its own, the present month alone keeps appends waiting.
SET lock_timeout = '5s';

CREATE INDEX IF NOT EXISTS events_medical ON ONLY event_store.events (tenant_id, patient_id, position)
 WHERE event_type = 'PatientMedicalHistoryUpdated';

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
                              AND i.inhparent = 'event_store.events_medical'::regclass)
         ORDER BY 1
    LOOP
        v_index := (SELECT c.relname || '_medical' FROM pg_class AS c WHERE c.oid = v_partition);
        EXECUTE format('CREATE INDEX %I ON %s (tenant_id, patient_id, position) WHERE event_type = %L',
                       v_index, v_partition, 'PatientMedicalHistoryUpdated');
        EXECUTE format('ALTER INDEX event_store.events_medical ATTACH PARTITION event_store.%I', v_index);
        COMMIT;
    END LOOP;
END
$$;
