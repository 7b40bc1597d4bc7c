-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE PROCEDURE ops.forget_anonymized()
    LANGUAGE sql
    AS $_$
    UPDATE patient.patient_view
       SET preferences = NULL, preferred_clinic_id = NULL, preferred_doctor_id = NULL
     WHERE phone = ''
       AND (preferences IS NOT NULL OR preferred_clinic_id IS NOT NULL OR preferred_doctor_id IS NOT NULL);
    UPDATE appointment.appointment_view
       SET notes = NULL, cancellation_reason = NULL
     WHERE patient_phone = ''
       AND (notes IS NOT NULL OR cancellation_reason IS NOT NULL);
    UPDATE event_store.import_batches
       SET import_key = encode(sha256(convert_to(gen_random_uuid()::text, 'UTF8')), 'hex'), digest = ''
     WHERE import_key !~ '^[0-9a-f]{64}$';
    DELETE FROM event_store.idempotency_keys
     WHERE idempotency_key LIKE 'seed:%' AND idempotency_key !~ '^seed:[0-9]{6}:[0-9]{1,6}$';
    UPDATE event_store.provider_messages
       SET whatsapp_message_id = encode(sha256(convert_to(tenant_id || ':' || whatsapp_message_id, 'UTF8')), 'hex')
     WHERE whatsapp_message_id !~ '^[0-9a-f]{64}$';
$_$;


ALTER PROCEDURE ops.forget_anonymized() OWNER TO healz_migrator;

COMMENT ON PROCEDURE ops.forget_anonymized() IS 'Empties what an older release left of anonymised patients: columns, and the keys of files in the clear. A second call finds nothing.';

REVOKE ALL ON PROCEDURE ops.forget_anonymized() FROM PUBLIC;
