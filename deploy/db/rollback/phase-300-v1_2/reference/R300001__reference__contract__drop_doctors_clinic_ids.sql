-- The array comes back, filled from doctor_clinics, and the triggers of V200010 with it.
SET LOCAL lock_timeout = '5s';

ALTER TABLE reference.doctors ADD COLUMN clinic_ids uuid[] NOT NULL DEFAULT '{}';
UPDATE reference.doctors AS d
   SET clinic_ids = ARRAY(SELECT c.clinic_id FROM reference.doctor_clinics AS c
                           WHERE c.tenant_id = d.tenant_id AND c.doctor_id = d.doctor_id ORDER BY c.clinic_id);

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
