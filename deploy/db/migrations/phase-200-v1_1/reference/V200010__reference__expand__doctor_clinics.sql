-- Where a doctor works, a row each instead of an array: so the database itself refuses a clinic that doesn't exist.
-- Release 1.0 goes on with doctors.clinic_ids; until V300001 takes that away, triggers keep the two alike.
SET LOCAL lock_timeout = '5s';

CREATE TABLE reference.doctor_clinics (
    tenant_id uuid NOT NULL,
    doctor_id uuid NOT NULL,
    clinic_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, doctor_id, clinic_id),
    FOREIGN KEY (tenant_id, doctor_id) REFERENCES reference.doctors (tenant_id, doctor_id),
    FOREIGN KEY (tenant_id, clinic_id) REFERENCES reference.clinics (tenant_id, clinic_id)
);
CALL ops.protect('reference.doctor_clinics', 'healz_command', 'healz_reader');
GRANT SELECT, INSERT, DELETE ON reference.doctor_clinics TO healz_command;
GRANT SELECT ON reference.doctor_clinics TO healz_reader;

-- The next release names no clinic_ids.
ALTER TABLE reference.doctors ALTER COLUMN clinic_ids SET DEFAULT '{}';

-- Only what somebody wrote is carried over, not what the other trigger did.
CREATE FUNCTION reference.follow_clinic_ids() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    DELETE FROM reference.doctor_clinics AS c
     WHERE c.tenant_id = NEW.tenant_id AND c.doctor_id = NEW.doctor_id AND c.clinic_id <> ALL (NEW.clinic_ids);
    INSERT INTO reference.doctor_clinics (tenant_id, doctor_id, clinic_id)
    SELECT NEW.tenant_id, NEW.doctor_id, n.clinic_id FROM unnest(NEW.clinic_ids) AS n (clinic_id)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER doctors_follow_clinic_ids AFTER INSERT OR UPDATE OF clinic_ids ON reference.doctors
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION reference.follow_clinic_ids();

-- What there is already; a clinic that was never put is nobody's place of work. The trigger above holds writers off until
-- this is done; the one below comes after it, since it would write the arrays anew.
INSERT INTO reference.doctor_clinics (tenant_id, doctor_id, clinic_id)
SELECT d.tenant_id, d.doctor_id, n.clinic_id
  FROM reference.doctors AS d
 CROSS JOIN unnest(d.clinic_ids) AS n (clinic_id)
  JOIN reference.clinics AS c ON c.tenant_id = d.tenant_id AND c.clinic_id = n.clinic_id
ON CONFLICT DO NOTHING;

CREATE FUNCTION reference.follow_doctor_clinics() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE reference.doctors AS d
       SET clinic_ids = ARRAY(SELECT c.clinic_id FROM reference.doctor_clinics AS c
                               WHERE c.tenant_id = d.tenant_id AND c.doctor_id = d.doctor_id ORDER BY c.clinic_id)
     WHERE (d.tenant_id, d.doctor_id) = (COALESCE(NEW.tenant_id, OLD.tenant_id), COALESCE(NEW.doctor_id, OLD.doctor_id));
    RETURN NULL;
END
$$;
CREATE TRIGGER doctor_clinics_follow AFTER INSERT OR DELETE ON reference.doctor_clinics
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION reference.follow_doctor_clinics();

-- Nobody calls them: a trigger's function runs without that right.
REVOKE EXECUTE ON FUNCTION reference.follow_clinic_ids(), reference.follow_doctor_clinics() FROM PUBLIC;
