-- fills: patient.patient_view.preferences,patient.patient_view.preferred_clinic_id,patient.patient_view.preferred_doctor_id,appointment.appointment_view.notes,appointment.appointment_view.cancellation_reason,event_store.provider_messages.whatsapp_message_id
-- Rows of patients who were anonymised before projectors knew that an appointment's notes, a cancellation's reason and a
-- patient's preferences are theirs: those columns are emptied, as projectors do it now. Nobody but them is without a phone.
SET LOCAL lock_timeout = '5s';

-- To be called once more when the last process of the release before has stopped: what that one wrote meanwhile still has
-- them, and data_quality says so. It changes what it finds; a second call finds nothing.
CREATE PROCEDURE ops.forget_anonymized()
    LANGUAGE sql
AS $$
    UPDATE patient.patient_view
       SET preferences = NULL, preferred_clinic_id = NULL, preferred_doctor_id = NULL
     WHERE phone = ''
       AND (preferences IS NOT NULL OR preferred_clinic_id IS NOT NULL OR preferred_doctor_id IS NOT NULL);
    UPDATE appointment.appointment_view
       SET notes = NULL, cancellation_reason = NULL
     WHERE patient_phone = ''
       AND (notes IS NOT NULL OR cancellation_reason IS NOT NULL);
    UPDATE event_store.provider_messages
       SET whatsapp_message_id = encode(sha256(convert_to(tenant_id || ':' || whatsapp_message_id, 'UTF8')), 'hex')
     WHERE whatsapp_message_id !~ '^[0-9a-f]{64}$';
$$;
REVOKE EXECUTE ON PROCEDURE ops.forget_anonymized() FROM PUBLIC;

CALL ops.forget_anonymized();
