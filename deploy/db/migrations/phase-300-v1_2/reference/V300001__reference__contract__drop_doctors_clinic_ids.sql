-- undoes: V100010
-- doctors.clinic_ids goes: since V200010 doctor_clinics says the same, and release 1.1 reads nothing else.
SET LOCAL lock_timeout = '5s';

-- Nothing may be lost: each clinic of the array that exists has its row.
DO $$
BEGIN
    IF EXISTS (SELECT FROM reference.doctors AS d
                CROSS JOIN unnest(d.clinic_ids) AS n (clinic_id)
                 JOIN reference.clinics AS c ON c.tenant_id = d.tenant_id AND c.clinic_id = n.clinic_id
                WHERE NOT EXISTS (SELECT FROM reference.doctor_clinics AS e
                                   WHERE e.tenant_id = d.tenant_id AND e.doctor_id = d.doctor_id
                                     AND e.clinic_id = n.clinic_id)) THEN
        RAISE EXCEPTION 'doctor_clinics lacks clinics that doctors.clinic_ids has: run the backfill of V200010 again';
    END IF;
END
$$;

DROP TRIGGER doctor_clinics_follow ON reference.doctor_clinics;
DROP TRIGGER doctors_follow_clinic_ids ON reference.doctors;
DROP FUNCTION reference.follow_doctor_clinics();
DROP FUNCTION reference.follow_clinic_ids();
ALTER TABLE reference.doctors DROP COLUMN clinic_ids;
