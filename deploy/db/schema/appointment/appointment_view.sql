-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE appointment.appointment_view (
    tenant_id uuid NOT NULL,
    appointment_id uuid NOT NULL,
    version integer NOT NULL,
    clinic_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    patient_name character varying(255) NOT NULL,
    patient_phone character varying(20) NOT NULL,
    doctor_id uuid NOT NULL,
    doctor_name character varying(255) NOT NULL,
    scheduled_for timestamp with time zone NOT NULL,
    duration integer NOT NULL,
    appointment_type text NOT NULL,
    status text NOT NULL,
    confirmed_at timestamp with time zone,
    confirmed_by text,
    confirmation_method text,
    confirmation_count integer DEFAULT 0 NOT NULL,
    reminder_sent_at timestamp with time zone,
    reminder_delivery_status text,
    reminder_id uuid,
    reminders_seen jsonb DEFAULT '[]'::jsonb NOT NULL,
    cancelled_at timestamp with time zone,
    cancellation_reason character varying(500),
    completed_at timestamp with time zone,
    notes character varying(2000),
    rescheduled_count integer DEFAULT 0 NOT NULL,
    original_scheduled_for timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    arrived_at timestamp with time zone,
    on_whose_account text,
    squeeze_in boolean DEFAULT false NOT NULL
)
WITH (fillfactor='80');

ALTER TABLE ONLY appointment.appointment_view FORCE ROW LEVEL SECURITY;


ALTER TABLE appointment.appointment_view OWNER TO healz_migrator;

COMMENT ON TABLE appointment.appointment_view IS 'One row per appointment. Written by projector-appointment alone.';

COMMENT ON COLUMN appointment.appointment_view.tenant_id IS 'The organisation.';

COMMENT ON COLUMN appointment.appointment_view.appointment_id IS 'The appointment.';

COMMENT ON COLUMN appointment.appointment_view.version IS 'The newest aggregate_version that is folded in; the ETag of a single GET.';

COMMENT ON COLUMN appointment.appointment_view.clinic_id IS 'Where it takes place.';

COMMENT ON COLUMN appointment.appointment_view.patient_id IS 'Whose visit it is.';

COMMENT ON COLUMN appointment.appointment_view.patient_name IS 'What the patient is called now.';

COMMENT ON COLUMN appointment.appointment_view.patient_phone IS 'Where the patient is reached now.';

COMMENT ON COLUMN appointment.appointment_view.doctor_id IS 'With whom, after the last change.';

COMMENT ON COLUMN appointment.appointment_view.doctor_name IS 'The doctor''s name on the day of the booking, or of the last change.';

COMMENT ON COLUMN appointment.appointment_view.scheduled_for IS 'When it begins, after the last reschedule.';

COMMENT ON COLUMN appointment.appointment_view.duration IS 'How long it takes, in minutes.';

COMMENT ON COLUMN appointment.appointment_view.appointment_type IS 'first_visit, follow_up, return or emergency.';

COMMENT ON COLUMN appointment.appointment_view.status IS 'scheduled, confirmed, cancelled, completed or no_show.';

COMMENT ON COLUMN appointment.appointment_view.confirmed_at IS 'When it was last confirmed; null again after a reschedule.';

COMMENT ON COLUMN appointment.appointment_view.confirmed_by IS 'Who confirmed it last.';

COMMENT ON COLUMN appointment.appointment_view.confirmation_method IS 'By which way: whatsapp, phone, dashboard, in_person.';

COMMENT ON COLUMN appointment.appointment_view.confirmation_count IS 'How many confirmations there are since the booking or the last reschedule.';

COMMENT ON COLUMN appointment.appointment_view.reminder_sent_at IS 'When the newest reminder since the last reschedule went out; null when it could not be sent.';

COMMENT ON COLUMN appointment.appointment_view.reminder_delivery_status IS 'How far that reminder got: sent, delivered, read or failed.';

COMMENT ON COLUMN appointment.appointment_view.reminder_id IS 'Internal. The newest reminder since the last reschedule.';

COMMENT ON COLUMN appointment.appointment_view.reminders_seen IS 'Internal. All reminders so far: tells a late status of an old one.';

COMMENT ON COLUMN appointment.appointment_view.cancelled_at IS 'When it was cancelled.';

COMMENT ON COLUMN appointment.appointment_view.cancellation_reason IS 'Why, in somebody''s words.';

COMMENT ON COLUMN appointment.appointment_view.completed_at IS 'When the visit ended.';

COMMENT ON COLUMN appointment.appointment_view.notes IS 'The newest notes of the clinic.';

COMMENT ON COLUMN appointment.appointment_view.rescheduled_count IS 'How often it was moved.';

COMMENT ON COLUMN appointment.appointment_view.original_scheduled_for IS 'When it was to begin before the first reschedule; null without one.';

COMMENT ON COLUMN appointment.appointment_view.created_at IS 'When it was booked.';

COMMENT ON COLUMN appointment.appointment_view.updated_at IS 'created_at of the last event that changed another column.';

COMMENT ON COLUMN appointment.appointment_view.arrived_at IS 'When the patient came to the reception; null again after a reschedule.';

COMMENT ON COLUMN appointment.appointment_view.on_whose_account IS 'Whose doing the cancellation was, patient or clinic; null where nobody said: the patient''s.';

COMMENT ON COLUMN appointment.appointment_view.squeeze_in IS 'Whether it was squeezed in, beside what the doctor has then; an imported one, whether the doctor had another then.';

ALTER TABLE ONLY appointment.appointment_view
    ADD CONSTRAINT appointment_view_pkey PRIMARY KEY (tenant_id, appointment_id);

CREATE INDEX appointment_view_clinic ON appointment.appointment_view USING btree (tenant_id, clinic_id, scheduled_for);

CREATE INDEX appointment_view_doctor ON appointment.appointment_view USING btree (tenant_id, doctor_id, scheduled_for);

CREATE INDEX appointment_view_patient ON appointment.appointment_view USING btree (tenant_id, patient_id, scheduled_for DESC);

CREATE INDEX appointment_view_status ON appointment.appointment_view USING btree (tenant_id, status, scheduled_for);

CREATE INDEX appointment_view_unconfirmed ON appointment.appointment_view USING btree (tenant_id, scheduled_for) WHERE (status = 'scheduled'::text);

ALTER TABLE appointment.appointment_view ENABLE ROW LEVEL SECURITY;

CREATE POLICY batch_healz_projector_appointment ON appointment.appointment_view TO healz_projector_appointment USING ((tenant_id = ANY (( SELECT ops.current_tenants() AS current_tenants)::uuid[]))) WITH CHECK ((tenant_id = ANY (ops.current_tenants())));

CREATE POLICY clinic_healz_reader ON appointment.appointment_view AS RESTRICTIVE FOR SELECT TO healz_reader USING (ops.sees_clinic(clinic_id));

CREATE POLICY migrator_all ON appointment.appointment_view TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY tenant_healz_reader ON appointment.appointment_view TO healz_reader USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

CREATE POLICY tenant_healz_search ON appointment.appointment_view FOR SELECT TO healz_search USING ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE appointment.appointment_view TO healz_projector_appointment;
GRANT SELECT ON TABLE appointment.appointment_view TO healz_reader;

GRANT SELECT(tenant_id) ON TABLE appointment.appointment_view TO healz_search;

GRANT SELECT(clinic_id) ON TABLE appointment.appointment_view TO healz_search;

GRANT SELECT(patient_id) ON TABLE appointment.appointment_view TO healz_search;

GRANT SELECT(doctor_id) ON TABLE appointment.appointment_view TO healz_search;
