-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION event_store.take_imported_times(p_tenant_id uuid, p_times jsonb) RETURNS TABLE(appointment_id uuid, rule text)
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_tenant_id  uuid        := ops.enter_tenant(p_tenant_id);
    v_given_up   timestamptz := clock_timestamp() - interval '2 minutes';
    v_swept      boolean     := false;
    v_time       record;
    v_constraint text;
BEGIN
    INSERT INTO event_store.import_turns AS t (tenant_id) VALUES (v_tenant_id)
    ON CONFLICT ON CONSTRAINT import_turns_pkey DO UPDATE SET tenant_id = t.tenant_id;
    FOR v_time IN
        SELECT t.*
          FROM ROWS FROM (jsonb_to_recordset(p_times)
            AS (appointment_id uuid, patient_id uuid, doctor_id uuid, slot_from timestamptz, slot_until timestamptz,
                lived_from timestamptz, lived_until timestamptz)) WITH ORDINALITY
            AS t (appointment_id, patient_id, doctor_id, slot_from, slot_until, lived_from, lived_until, nth)
         ORDER BY t.nth
    LOOP
        <<take>>
        LOOP
            BEGIN
                INSERT INTO event_store.imported_times AS i (
                    tenant_id, appointment_id, patient_id, doctor_id, slot, lived, taken_at)
                VALUES (v_tenant_id, v_time.appointment_id, v_time.patient_id, v_time.doctor_id,
                        tstzrange(v_time.slot_from, v_time.slot_until, '[)'),
                        tstzrange(v_time.lived_from, v_time.lived_until, '[)'), clock_timestamp())
                ON CONFLICT ON CONSTRAINT imported_times_pkey DO UPDATE SET taken_at = EXCLUDED.taken_at;
                EXIT take;
            EXCEPTION WHEN exclusion_violation THEN
                GET STACKED DIAGNOSTICS v_constraint = CONSTRAINT_NAME;
            END;
            IF v_swept THEN
                appointment_id := v_time.appointment_id;
                rule := CASE v_constraint WHEN 'imported_times_patient_free' THEN 'patient_overlap' ELSE 'doctor_overlap' END;
                RETURN NEXT;
                EXIT take;
            END IF;
            -- Reads all of the tenant's, so only once, and only where an import was begun and not ended.
            v_swept := true;
            DELETE FROM event_store.imported_times AS i
             WHERE i.tenant_id = v_tenant_id AND i.taken_at < v_given_up
               AND EXISTS (SELECT FROM event_store.import_batches AS b
                            WHERE b.tenant_id = v_tenant_id AND b.refused IS NULL AND b.created_at < v_given_up)
               AND NOT EXISTS (SELECT FROM event_store.streams AS s
                                WHERE s.tenant_id = v_tenant_id AND s.aggregate_id = i.appointment_id);
        END LOOP;
    END LOOP;
END
$$;


ALTER FUNCTION event_store.take_imported_times(p_tenant_id uuid, p_times jsonb) OWNER TO healz_migrator;

COMMENT ON FUNCTION event_store.take_imported_times(p_tenant_id uuid, p_times jsonb) IS 'Takes times in their order and returns those that are not to be had, and why. Taken before by the same appointment: still its own. What a killed import left is anybody''s after two minutes.';

REVOKE ALL ON FUNCTION event_store.take_imported_times(p_tenant_id uuid, p_times jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION event_store.take_imported_times(p_tenant_id uuid, p_times jsonb) TO healz_command;
