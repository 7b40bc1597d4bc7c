-- When a doctor is on duty, and whether hours are known at all: a clinic that never said when it is open may be booked at any
-- time, one that said "never" may not, and neither has a row. Release 1.0 names none of this, so that for it nothing changes.
SET LOCAL lock_timeout = '5s';

ALTER TABLE reference.clinics ADD COLUMN keeps_hours boolean NOT NULL DEFAULT false;
ALTER TABLE reference.doctors ADD COLUMN keeps_schedule boolean NOT NULL DEFAULT false;

-- In the clinic's time zone; a weekday without a row: not there. Closed hours within are the clinic's to say. A clinic that
-- the doctor leaves takes its rows along, whichever release writes: the array's trigger deletes from doctor_clinics.
CREATE TABLE reference.doctor_schedules (
    tenant_id uuid     NOT NULL,
    doctor_id uuid     NOT NULL,
    clinic_id uuid     NOT NULL,
    weekday   smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),  -- ISO: 1 is Monday
    starts_at time     NOT NULL,
    ends_at   time     NOT NULL CHECK (ends_at > starts_at),  -- 24:00: the end of the day
    PRIMARY KEY (tenant_id, doctor_id, clinic_id, weekday, starts_at),
    FOREIGN KEY (tenant_id, doctor_id, clinic_id) REFERENCES reference.doctor_clinics (tenant_id, doctor_id, clinic_id)
        ON DELETE CASCADE
);
CALL ops.protect('reference.doctor_schedules', 'healz_command', 'healz_reader');
GRANT SELECT, INSERT, DELETE ON reference.doctor_schedules TO healz_command;
GRANT SELECT ON reference.doctor_schedules TO healz_reader;

-- Who has hours has said so.
UPDATE reference.clinics AS c SET keeps_hours = true
 WHERE EXISTS (SELECT FROM reference.opening_hours AS h WHERE h.tenant_id = c.tenant_id AND h.clinic_id = c.clinic_id);
