-- Turns that were advisory locks, which any login could take and keep: rows now, which only their own role may lock.
SET LOCAL lock_timeout = '5s';

-- One import of a tenant takes times at a time: it locks the tenant's row until its transaction ends.
CREATE TABLE event_store.import_turns (
    tenant_id uuid PRIMARY KEY
);
CALL ops.protect('event_store.import_turns', 'healz_command');
GRANT SELECT, INSERT, UPDATE (tenant_id) ON event_store.import_turns TO healz_command;

-- As V200080 made it, but for the first statement.
CREATE OR REPLACE FUNCTION event_store.take_imported_times(
    p_tenant_id uuid,
    p_times     jsonb  -- [{appointment_id, patient_id, doctor_id, slot_from, slot_until, lived_from, lived_until}]
) RETURNS TABLE (appointment_id uuid, rule text)
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

-- One process sends a reminder at a time: the row is its own as long as its session lasts.
CREATE TABLE journey.reminder_turns (
    tenant_id     uuid        NOT NULL,
    reminder_id   uuid        NOT NULL,
    session_pid   integer     NOT NULL,
    session_since timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, reminder_id)
);
CALL ops.protect('journey.reminder_turns', 'healz_sweeper');
GRANT SELECT, INSERT, UPDATE, DELETE ON journey.reminder_turns TO healz_sweeper;
