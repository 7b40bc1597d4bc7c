-- Reference data: not event-sourced, kept by PUT.
SET LOCAL lock_timeout = '5s';

CREATE TABLE reference.tenants (
    tenant_id     uuid         PRIMARY KEY,
    name          varchar(255) NOT NULL,
    time_zone     text         NOT NULL DEFAULT 'America/Sao_Paulo',
    journey_rules jsonb,  -- {name of a number that journeys are judged by: its value}; the rest is as for all
    updated_at    timestamptz  NOT NULL DEFAULT now()
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

-- When a clinic is open, in its own time zone; a weekday without a row: closed. Two rows a day: closed in between.
CREATE TABLE reference.opening_hours (
    tenant_id uuid     NOT NULL,
    clinic_id uuid     NOT NULL,
    weekday   smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),  -- ISO: 1 is Monday
    opens_at  time     NOT NULL,
    closes_at time     NOT NULL CHECK (closes_at > opens_at),
    PRIMARY KEY (tenant_id, clinic_id, weekday, opens_at),
    FOREIGN KEY (tenant_id, clinic_id) REFERENCES reference.clinics (tenant_id, clinic_id)
);

CALL ops.protect('reference.tenants', 'healz_command', 'healz_reader');
CALL ops.protect('reference.clinics', 'healz_command', 'healz_reader');
CALL ops.protect('reference.doctors', 'healz_command', 'healz_reader');
CALL ops.protect('reference.opening_hours', 'healz_command', 'healz_reader');
-- A named exception: the sweeps go through all tenants, each in a transaction of its own.
CREATE POLICY sweeper_all ON reference.tenants FOR SELECT TO healz_sweeper USING (true);

GRANT SELECT, INSERT, UPDATE ON reference.tenants, reference.clinics, reference.doctors TO healz_command;
GRANT SELECT, INSERT, DELETE ON reference.opening_hours TO healz_command;
GRANT SELECT ON reference.tenants, reference.clinics, reference.doctors, reference.opening_hours TO healz_reader;
GRANT SELECT ON reference.tenants TO healz_sweeper;
