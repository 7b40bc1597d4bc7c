-- What each table and column of the read models means, where whoever reads them looks for it (\d+ in psql, BI tools).
-- docs/read-models.md is made from these sentences.
SET LOCAL lock_timeout = '5s';

COMMENT ON TABLE patient.patient_view
    IS 'One row per patient: how they are reached, how they stand, what happened in all clinics. Written by projector-patient alone.';
COMMENT ON COLUMN patient.patient_view.tenant_id IS 'The organisation.';
COMMENT ON COLUMN patient.patient_view.patient_id IS 'The patient.';
COMMENT ON COLUMN patient.patient_view.version
    IS 'The newest aggregate_version of the patient''s own events that is folded in; the ETag of a single GET.';
COMMENT ON COLUMN patient.patient_view.phone IS 'Where the patient is reached, E.164; empty once anonymised.';
COMMENT ON COLUMN patient.patient_view.full_name IS 'What they are called; Anonymized patient once anonymised.';
COMMENT ON COLUMN patient.patient_view.email IS 'Another way to reach them.';
COMMENT ON COLUMN patient.patient_view.birth_date IS 'The day they were born.';
COMMENT ON COLUMN patient.patient_view.cpf IS 'The Brazilian taxpayer number, 11 digits.';
COMMENT ON COLUMN patient.patient_view.registration_source IS 'By which way they came: whatsapp, manual, import.';
COMMENT ON COLUMN patient.patient_view.status IS 'active, inactive or suspended; anonymised ones are inactive.';
COMMENT ON COLUMN patient.patient_view.current_journey_stage
    IS 'The stage of the journey that stands for the patient: the riskiest active one, else the last to end; null without any.';
COMMENT ON COLUMN patient.patient_view.risk_score IS 'The score of that journey, 0.00 to 1.00.';
COMMENT ON COLUMN patient.patient_view.total_appointments IS 'How many visits were ever booked.';
COMMENT ON COLUMN patient.patient_view.completed_appointments IS 'How many took place.';
COMMENT ON COLUMN patient.patient_view.cancelled_appointments IS 'How many were cancelled.';
COMMENT ON COLUMN patient.patient_view.no_show_count IS 'How many the patient missed.';
COMMENT ON COLUMN patient.patient_view.last_interaction_at
    IS 'The latest sign of life: registration, a message, a visit, a booking or change not by the system, a journey''s start or recovery.';
COMMENT ON COLUMN patient.patient_view.interaction_count IS 'Messages received, and the registration.';
COMMENT ON COLUMN patient.patient_view.first_contact_at IS 'When they were registered.';
COMMENT ON COLUMN patient.patient_view.last_appointment_at IS 'When the last visit ended.';
COMMENT ON COLUMN patient.patient_view.next_appointment_at
    IS 'When the earliest live appointment begins, as of the last event: it may have passed.';
COMMENT ON COLUMN patient.patient_view.preferred_clinic_id IS 'Where they would rather be seen.';
COMMENT ON COLUMN patient.patient_view.preferred_doctor_id IS 'By whom they would rather be seen.';
COMMENT ON COLUMN patient.patient_view.guardian_phone IS 'The phone of who answers for a child.';
COMMENT ON COLUMN patient.patient_view.name_search IS 'The name in lower case without accents: what a search is compared with.';
COMMENT ON COLUMN patient.patient_view.address IS 'The postal address, as PatientContactUpdated has it.';
COMMENT ON COLUMN patient.patient_view.preferences IS 'How they want to be reached, as PatientPreferencesUpdated has it.';
COMMENT ON COLUMN patient.patient_view.live_appointments
    IS 'Internal. {appointment_id: scheduled_for} of what is scheduled or confirmed.';
COMMENT ON COLUMN patient.patient_view.journeys
    IS 'Internal. {journey_id: {clinic_id, stage, score, active, started_at, ended_at}} of all journeys.';
COMMENT ON COLUMN patient.patient_view.updated_at IS 'created_at of the last event that changed another column.';

COMMENT ON TABLE appointment.patient_contact
    IS 'Internal: the name and phone that stand on a patient''s appointments. Written by projector-appointment alone.';
COMMENT ON COLUMN appointment.patient_contact.tenant_id IS 'The organisation.';
COMMENT ON COLUMN appointment.patient_contact.patient_id IS 'The patient.';
COMMENT ON COLUMN appointment.patient_contact.full_name IS 'What they are called.';
COMMENT ON COLUMN appointment.patient_contact.phone IS 'Where they are reached; empty once anonymised.';

COMMENT ON TABLE appointment.appointment_view
    IS 'One row per appointment. Written by projector-appointment alone.';
COMMENT ON COLUMN appointment.appointment_view.tenant_id IS 'The organisation.';
COMMENT ON COLUMN appointment.appointment_view.appointment_id IS 'The appointment.';
COMMENT ON COLUMN appointment.appointment_view.version
    IS 'The newest aggregate_version that is folded in; the ETag of a single GET.';
COMMENT ON COLUMN appointment.appointment_view.clinic_id IS 'Where it takes place.';
COMMENT ON COLUMN appointment.appointment_view.patient_id IS 'Whose visit it is.';
COMMENT ON COLUMN appointment.appointment_view.patient_name IS 'What the patient is called now.';
COMMENT ON COLUMN appointment.appointment_view.patient_phone IS 'Where the patient is reached now.';
COMMENT ON COLUMN appointment.appointment_view.doctor_id IS 'With whom.';
COMMENT ON COLUMN appointment.appointment_view.doctor_name IS 'The doctor''s name on the day of the booking.';
COMMENT ON COLUMN appointment.appointment_view.scheduled_for IS 'When it begins, after the last reschedule.';
COMMENT ON COLUMN appointment.appointment_view.duration IS 'How long it takes, in minutes.';
COMMENT ON COLUMN appointment.appointment_view.appointment_type IS 'first_visit, follow_up, return or emergency.';
COMMENT ON COLUMN appointment.appointment_view.status IS 'scheduled, confirmed, cancelled, completed or no_show.';
COMMENT ON COLUMN appointment.appointment_view.confirmed_at IS 'When it was last confirmed; null again after a reschedule.';
COMMENT ON COLUMN appointment.appointment_view.confirmed_by IS 'Who confirmed it last.';
COMMENT ON COLUMN appointment.appointment_view.confirmation_method IS 'By which way: whatsapp, phone, dashboard, in_person.';
COMMENT ON COLUMN appointment.appointment_view.confirmation_count
    IS 'How many confirmations there are since the booking or the last reschedule.';
COMMENT ON COLUMN appointment.appointment_view.reminder_sent_at
    IS 'When the newest reminder since the last reschedule went out; null when it could not be sent.';
COMMENT ON COLUMN appointment.appointment_view.reminder_delivery_status
    IS 'How far that reminder got: sent, delivered, read or failed.';
COMMENT ON COLUMN appointment.appointment_view.reminder_id IS 'Internal. The newest reminder since the last reschedule.';
COMMENT ON COLUMN appointment.appointment_view.reminders_seen
    IS 'Internal. All reminders so far: tells a late status of an old one.';
COMMENT ON COLUMN appointment.appointment_view.cancelled_at IS 'When it was cancelled.';
COMMENT ON COLUMN appointment.appointment_view.cancellation_reason IS 'Why, in somebody''s words.';
COMMENT ON COLUMN appointment.appointment_view.completed_at IS 'When the visit ended.';
COMMENT ON COLUMN appointment.appointment_view.notes IS 'The newest notes of the clinic.';
COMMENT ON COLUMN appointment.appointment_view.rescheduled_count IS 'How often it was moved.';
COMMENT ON COLUMN appointment.appointment_view.original_scheduled_for
    IS 'When it was to begin before the first reschedule; null without one.';
COMMENT ON COLUMN appointment.appointment_view.created_at IS 'When it was booked.';
COMMENT ON COLUMN appointment.appointment_view.updated_at IS 'created_at of the last event that changed another column.';

COMMENT ON TABLE journey.patient_contact
    IS 'Internal: the name and phone that stand on a patient''s journeys. Written by projector-journey alone.';
COMMENT ON COLUMN journey.patient_contact.tenant_id IS 'The organisation.';
COMMENT ON COLUMN journey.patient_contact.patient_id IS 'The patient.';
COMMENT ON COLUMN journey.patient_contact.full_name IS 'What they are called.';
COMMENT ON COLUMN journey.patient_contact.phone IS 'Where they are reached; empty once anonymised.';

COMMENT ON TABLE journey.patient_clinic
    IS 'Internal: what is known of a patient in a clinic beside the journey itself. Written by projector-journey alone.';
COMMENT ON COLUMN journey.patient_clinic.tenant_id IS 'The organisation.';
COMMENT ON COLUMN journey.patient_clinic.patient_id IS 'The patient.';
COMMENT ON COLUMN journey.patient_clinic.clinic_id IS 'The clinic.';
COMMENT ON COLUMN journey.patient_clinic.live_appointments
    IS '{appointment_id: scheduled_for} of what is scheduled or confirmed in this clinic.';
COMMENT ON COLUMN journey.patient_clinic.last_fact
    IS 'event_id of a fact that found no active journey: the JourneyStarted that it caused counts it.';

COMMENT ON TABLE journey.journey_view
    IS 'One row per journey: one patient on the way with one clinic. Written by projector-journey alone.';
COMMENT ON COLUMN journey.journey_view.tenant_id IS 'The organisation.';
COMMENT ON COLUMN journey.journey_view.journey_id IS 'The journey.';
COMMENT ON COLUMN journey.journey_view.version
    IS 'The newest aggregate_version of the journey''s own events that is folded in; the ETag of a single GET.';
COMMENT ON COLUMN journey.journey_view.clinic_id IS 'The clinic.';
COMMENT ON COLUMN journey.journey_view.patient_id IS 'The patient.';
COMMENT ON COLUMN journey.journey_view.current_stage IS 'Where the journey is.';
COMMENT ON COLUMN journey.journey_view.previous_stage IS 'Where it was before; null at the start.';
COMMENT ON COLUMN journey.journey_view.stage_changed_at IS 'Since when it is there.';
COMMENT ON COLUMN journey.journey_view.risk_score IS 'How likely the patient is to drift away, 0.00 to 1.00.';
COMMENT ON COLUMN journey.journey_view.risk_level IS 'What that score is called: low, medium, high, critical.';
COMMENT ON COLUMN journey.journey_view.risk_indicators
    IS 'The complete set of indicators in that score: [{type, weight, value, severity, detected_at}].';
COMMENT ON COLUMN journey.journey_view.last_risk_calculated_at IS 'As of when the score was calculated.';
COMMENT ON COLUMN journey.journey_view.first_contact_at IS 'When the journey started.';
COMMENT ON COLUMN journey.journey_view.last_interaction_at
    IS 'The latest sign of life in this clinic: a message, a visit, a booking or change not by the system, a start or recovery.';
COMMENT ON COLUMN journey.journey_view.last_appointment_at IS 'When the last visit of this journey ended.';
COMMENT ON COLUMN journey.journey_view.next_appointment_at
    IS 'When the earliest live appointment in this clinic begins, as of the last event: journey_dashboard has the one still ahead.';
COMMENT ON COLUMN journey.journey_view.total_interactions IS 'Messages received in this journey.';
COMMENT ON COLUMN journey.journey_view.total_appointments IS 'How many visits were booked in it.';
COMMENT ON COLUMN journey.journey_view.missed_appointments IS 'How many the patient missed.';
COMMENT ON COLUMN journey.journey_view.cancelled_appointments IS 'How many were cancelled.';
COMMENT ON COLUMN journey.journey_view.is_active IS 'Whether the stage is none of abandoned, completed, cancelled.';
COMMENT ON COLUMN journey.journey_view.needs_follow_up
    IS 'Whether the stage is no_show, at_risk or follow_up: somebody should call.';
COMMENT ON COLUMN journey.journey_view.has_escalation
    IS 'Whether a person is asked to act: by the risk, or by a conversation of this patient with the clinic.';
COMMENT ON COLUMN journey.journey_view.escalated_at IS 'Since when the risk asks for a person; null when it does not.';
COMMENT ON COLUMN journey.journey_view.patient_name IS 'What the patient is called now.';
COMMENT ON COLUMN journey.journey_view.patient_phone IS 'Where the patient is reached now.';
COMMENT ON COLUMN journey.journey_view.started_at IS 'When the journey started.';
COMMENT ON COLUMN journey.journey_view.completed_at IS 'When it was completed; null however else it ended.';
COMMENT ON COLUMN journey.journey_view.updated_at IS 'created_at of the last event that changed another column.';

COMMENT ON TABLE journey.conversation
    IS 'Internal: the conversations of a patient, for the escalation flag and the sweep that closes silent ones. Written by projector-journey alone.';
COMMENT ON COLUMN journey.conversation.tenant_id IS 'The organisation.';
COMMENT ON COLUMN journey.conversation.conversation_id IS 'The conversation.';
COMMENT ON COLUMN journey.conversation.patient_id IS 'The patient.';
COMMENT ON COLUMN journey.conversation.clinic_id IS 'The clinic.';
COMMENT ON COLUMN journey.conversation.status IS 'initiated, active, awaiting_response, escalated or closed.';
COMMENT ON COLUMN journey.conversation.last_message_at
    IS 'The latest message, to or from the patient; when it was started, until there is one.';

COMMENT ON VIEW journey.journey_dashboard
    IS 'journey_view and what changes with the clock, reckoned when it is read: frontend and BI read this.';
COMMENT ON COLUMN journey.journey_dashboard.next_appointment_at
    IS 'When the earliest live appointment in this clinic that is still ahead begins; null once the journey has ended.';
COMMENT ON COLUMN journey.journey_dashboard.days_since_first_contact IS 'Whole days of 24 hours since the start.';
COMMENT ON COLUMN journey.journey_dashboard.days_since_last_interaction IS 'Whole days since the latest sign of life.';
COMMENT ON COLUMN journey.journey_dashboard.days_since_last_appointment IS 'Whole days since the last visit.';
COMMENT ON COLUMN journey.journey_dashboard.days_until_next_appointment IS 'Whole days until next_appointment_at.';

COMMENT ON VIEW analytics.clinic_metrics_daily_of_tenant
    IS 'A clinic''s days, the last 90, by the day of the appointment on the clinic''s clock; refreshed every 15 minutes.';
COMMENT ON COLUMN analytics.clinic_metrics_daily_of_tenant.tenant_id IS 'The organisation.';
COMMENT ON COLUMN analytics.clinic_metrics_daily_of_tenant.clinic_id IS 'The clinic.';
COMMENT ON COLUMN analytics.clinic_metrics_daily_of_tenant.date IS 'The day.';
COMMENT ON COLUMN analytics.clinic_metrics_daily_of_tenant.total_appointments IS 'Appointments of that day.';
COMMENT ON COLUMN analytics.clinic_metrics_daily_of_tenant.completed_appointments IS 'Those that took place.';
COMMENT ON COLUMN analytics.clinic_metrics_daily_of_tenant.no_shows IS 'Those that the patient missed.';
COMMENT ON COLUMN analytics.clinic_metrics_daily_of_tenant.cancelled_appointments IS 'Those that were cancelled.';
COMMENT ON COLUMN analytics.clinic_metrics_daily_of_tenant.minutes_to_completion
    IS 'Mean minutes from the begin as booked to the end, of those that took place.';

COMMENT ON VIEW analytics.patient_retention_monthly_of_tenant
    IS 'A clinic''s months, on the clinic''s clock; refreshed every 30 minutes.';
COMMENT ON COLUMN analytics.patient_retention_monthly_of_tenant.tenant_id IS 'The organisation.';
COMMENT ON COLUMN analytics.patient_retention_monthly_of_tenant.clinic_id IS 'The clinic.';
COMMENT ON COLUMN analytics.patient_retention_monthly_of_tenant.month IS 'The month''s first day.';
COMMENT ON COLUMN analytics.patient_retention_monthly_of_tenant.new_patients
    IS 'Patients whose first journey in this clinic started.';
COMMENT ON COLUMN analytics.patient_retention_monthly_of_tenant.active_journeys
    IS 'Journeys that were active at some time of the month.';
COMMENT ON COLUMN analytics.patient_retention_monthly_of_tenant.completed_journeys IS 'Journeys that were completed.';
COMMENT ON COLUMN analytics.patient_retention_monthly_of_tenant.abandoned_journeys IS 'Journeys that were abandoned.';
COMMENT ON COLUMN analytics.patient_retention_monthly_of_tenant.retention_rate
    IS 'Completed of completed and abandoned; null without any.';
COMMENT ON COLUMN analytics.patient_retention_monthly_of_tenant.abandonment_rate
    IS 'Abandoned of completed and abandoned; null without any.';
COMMENT ON COLUMN analytics.patient_retention_monthly_of_tenant.average_risk_score
    IS 'Mean of the scores that were calculated in the month.';
