-- What a file of past appointments needs beside the commands that its rows become: which bytes were sent under a key, who
-- holds a phone or a CPF, and which times of the past are taken.
SET LOCAL lock_timeout = '5s';

-- A file comes in batches of rows. The digest is of the header and the batch's rows: other bytes under the same key are
-- seen at the first batch that differs. refused is NULL until the whole batch was tried; with 0 nothing is left to do in it.
CREATE TABLE event_store.import_batches (
    tenant_id  uuid        NOT NULL,
    import_key text        NOT NULL,
    first_row  bigint      NOT NULL CHECK (first_row >= 1),
    rows       integer     NOT NULL CHECK (rows >= 1),
    is_last    boolean     NOT NULL,
    digest     bytea       NOT NULL,
    refused    integer     CHECK (refused >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, import_key, first_row)
);

-- An imported appointment is over as soon as it is recorded, so it takes no slot. What it took is judged as it happened: two
-- that overlap and were live at the same time can't both be. lived: from the booking until the outcome. (A time that was
-- cancelled and given to somebody else later is fine.) taken_at: just before the appointment is booked, or never is.
CREATE TABLE event_store.imported_times (
    tenant_id      uuid      NOT NULL,
    appointment_id uuid      NOT NULL,
    patient_id     uuid      NOT NULL,
    doctor_id      uuid      NOT NULL,
    slot           tstzrange NOT NULL,
    lived          tstzrange NOT NULL,
    taken_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, appointment_id),
    CONSTRAINT imported_times_patient_free
        EXCLUDE USING gist (tenant_id WITH =, patient_id WITH =, slot WITH &&, lived WITH &&),
    CONSTRAINT imported_times_doctor_free
        EXCLUDE USING gist (tenant_id WITH =, doctor_id WITH =, slot WITH &&, lived WITH &&)
);

CALL ops.protect('event_store.import_batches', 'healz_command');
CALL ops.protect('event_store.imported_times', 'healz_command');
GRANT SELECT, INSERT, UPDATE ON event_store.import_batches TO healz_command;
GRANT SELECT, INSERT, UPDATE, DELETE ON event_store.imported_times TO healz_command;

-- Takes the times in their order and returns those that are not to be had, and why. Taken before by the same appointment:
-- still its own. One import of a tenant at a time does this: two that wait for each other's rows would deadlock.
--
-- An import that was killed leaves times that it never booked. They are its own when it goes on; should it never, they are
-- anybody's after two minutes, far longer than a batch takes.
CREATE FUNCTION event_store.take_imported_times(
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
    PERFORM pg_advisory_xact_lock(hashtextextended('healz import ' || v_tenant_id, 0));
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

-- Whose phone, e-mail or CPF it is. Whoever asks must know it already, and has the key of its hash.
CREATE FUNCTION event_store.identity_holders(
    p_tenant_id  uuid,
    p_identities jsonb  -- [{kind, digest (hexadecimal)}]
) RETURNS TABLE (kind text, digest text, patient_id uuid)
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_tenant_id uuid := ops.enter_tenant(p_tenant_id);
BEGIN
    RETURN QUERY
    SELECT i.kind, encode(i.digest, 'hex'), i.patient_id
      FROM jsonb_to_recordset(p_identities) AS a (kind text, digest text)
      JOIN event_store.patient_identities AS i
        ON i.tenant_id = v_tenant_id AND i.kind = a.kind AND i.digest = decode(a.digest, 'hex');
END
$$;

GRANT CREATE ON SCHEMA event_store TO healz_append;
ALTER FUNCTION event_store.identity_holders OWNER TO healz_append;
REVOKE CREATE ON SCHEMA event_store FROM healz_append;
REVOKE EXECUTE ON FUNCTION event_store.identity_holders(uuid, jsonb) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION event_store.take_imported_times(uuid, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION event_store.identity_holders(uuid, jsonb) TO healz_command;
GRANT EXECUTE ON FUNCTION event_store.take_imported_times(uuid, jsonb) TO healz_command;
