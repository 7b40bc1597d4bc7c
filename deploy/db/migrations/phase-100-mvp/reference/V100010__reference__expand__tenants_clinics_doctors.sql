-- Reference data: not event-sourced, kept by PUT. Opening hours and schedules come with a later migration.
SET LOCAL lock_timeout = '5s';

CREATE TABLE reference.tenants (
    tenant_id  uuid         PRIMARY KEY,
    name       varchar(255) NOT NULL,
    time_zone  text         NOT NULL DEFAULT 'America/Sao_Paulo',
    updated_at timestamptz  NOT NULL DEFAULT now()
);

CREATE TABLE reference.clinics (
    tenant_id  uuid         NOT NULL,
    clinic_id  uuid         NOT NULL,
    name       varchar(255) NOT NULL,
    time_zone  text,        -- NULL: the tenant's
    updated_at timestamptz  NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, clinic_id)
);

CREATE TABLE reference.doctors (
    tenant_id  uuid         NOT NULL,
    doctor_id  uuid         NOT NULL,
    full_name  varchar(255) NOT NULL,
    clinic_ids uuid[]       NOT NULL,
    updated_at timestamptz  NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, doctor_id)
);

CALL ops.protect('reference.tenants', 'healz_command', 'healz_reader');
CALL ops.protect('reference.clinics', 'healz_command', 'healz_reader');
CALL ops.protect('reference.doctors', 'healz_command', 'healz_reader');

GRANT SELECT, INSERT, UPDATE ON reference.tenants, reference.clinics, reference.doctors TO healz_command;
GRANT SELECT ON reference.tenants, reference.clinics, reference.doctors TO healz_reader;
