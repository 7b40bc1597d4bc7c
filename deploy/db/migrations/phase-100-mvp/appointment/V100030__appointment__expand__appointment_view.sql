-- The appointment read model; written by projector-appointment alone.
SET LOCAL lock_timeout = '5s';

CREATE TABLE appointment.checkpoint (
    tenant_id uuid   PRIMARY KEY,
    position  bigint NOT NULL CHECK (position >= 0)
) WITH (fillfactor = 50);

-- The projector's own: whose name and phone stand on a patient's appointments.
CREATE TABLE appointment.patient_contact (
    tenant_id    uuid         NOT NULL,
    patient_id   uuid         NOT NULL,
    full_name    varchar(255) NOT NULL,
    phone        varchar(20)  NOT NULL,
    PRIMARY KEY (tenant_id, patient_id)
);

CREATE TABLE appointment.appointment_view (
    tenant_id                uuid          NOT NULL,
    appointment_id           uuid          NOT NULL,
    version                  integer       NOT NULL,
    clinic_id                uuid          NOT NULL,
    patient_id               uuid          NOT NULL,
    patient_name             varchar(255)  NOT NULL,
    patient_phone            varchar(20)   NOT NULL,
    doctor_id                uuid          NOT NULL,
    doctor_name              varchar(255)  NOT NULL,
    scheduled_for            timestamptz   NOT NULL,
    duration                 integer       NOT NULL,  -- minutes
    appointment_type         text          NOT NULL,
    status                   text          NOT NULL,
    confirmed_at             timestamptz,
    confirmed_by             text,
    confirmation_method      text,
    confirmation_count       integer       NOT NULL DEFAULT 0,
    reminder_sent_at         timestamptz,
    reminder_delivery_status text,
    reminder_id              uuid,          -- internal: the newest since the last reschedule
    reminders_seen           jsonb         NOT NULL DEFAULT '[]',  -- internal: tells a late status of an old reminder
    cancelled_at             timestamptz,
    cancellation_reason      varchar(500),
    completed_at             timestamptz,
    notes                    varchar(2000),
    rescheduled_count        integer       NOT NULL DEFAULT 0,
    original_scheduled_for   timestamptz,
    created_at               timestamptz   NOT NULL,
    updated_at               timestamptz   NOT NULL,
    PRIMARY KEY (tenant_id, appointment_id)
) WITH (fillfactor = 80);

CREATE INDEX appointment_view_clinic  ON appointment.appointment_view (tenant_id, clinic_id, scheduled_for);
CREATE INDEX appointment_view_doctor  ON appointment.appointment_view (tenant_id, doctor_id, scheduled_for);
CREATE INDEX appointment_view_patient ON appointment.appointment_view (tenant_id, patient_id, scheduled_for DESC);
CREATE INDEX appointment_view_status  ON appointment.appointment_view (tenant_id, status, scheduled_for);
CREATE INDEX appointment_view_unconfirmed ON appointment.appointment_view (tenant_id, scheduled_for) WHERE status = 'scheduled';

CALL ops.protect_read_model('appointment.appointment_view', 'healz_projector_appointment');
CALL ops.protect_read_model('appointment.patient_contact', 'healz_projector_appointment');
REVOKE SELECT ON appointment.patient_contact FROM healz_reader;
CALL ops.protect('appointment.checkpoint', 'healz_reader');
CREATE POLICY projector_all ON appointment.checkpoint TO healz_projector_appointment USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON appointment.checkpoint TO healz_projector_appointment;
GRANT SELECT ON appointment.checkpoint TO healz_reader;
