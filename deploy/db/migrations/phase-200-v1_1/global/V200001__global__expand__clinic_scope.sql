-- Within a tenant, a reader may be bound to clinics: appointments, journeys and clinics' events of others are not there.
-- For healz_reader alone: the write side decides on all of a patient. Unset: no clinic's rows.
SET LOCAL lock_timeout = '5s';

-- healz.clinic_ids is '*' for the whole tenant, else clinic ids with commas between.
CREATE FUNCTION ops.sees_clinic(p_clinic_id uuid) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN current_setting('healz.clinic_ids', true) = '*'
        OR p_clinic_id = ANY (string_to_array(
               NULLIF(NULLIF(current_setting('healz.clinic_ids', true), ''), '*'), ',')::uuid[]);

CREATE POLICY clinic_healz_reader ON appointment.appointment_view AS RESTRICTIVE FOR SELECT TO healz_reader
    USING (ops.sees_clinic(clinic_id));
CREATE POLICY clinic_healz_reader ON journey.journey_view AS RESTRICTIVE FOR SELECT TO healz_reader
    USING (ops.sees_clinic(clinic_id));
-- An event without a clinic is a patient's own, and patients are everybody's.
CREATE POLICY clinic_healz_reader ON event_store.events AS RESTRICTIVE FOR SELECT TO healz_reader
    USING (clinic_id IS NULL OR ops.sees_clinic(clinic_id));

-- How far a read model has got in a tenant's log; 'log' is the log itself. Enters the tenant and the clinics, so that a
-- query's transaction begins with this one call, and a wait for a position is one statement a look.
CREATE FUNCTION ops.projection_position(p_tenant_id uuid, p_source text, p_clinic_ids uuid[]) RETURNS bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    v_tenant_id uuid := ops.enter_tenant(p_tenant_id);
    v_clinics   text := set_config('healz.clinic_ids', COALESCE(array_to_string(p_clinic_ids, ','), '*'), true);
    v_position  bigint;
BEGIN
    CASE p_source
        WHEN 'patient'     THEN SELECT position INTO v_position FROM patient.checkpoint     WHERE tenant_id = v_tenant_id;
        WHEN 'appointment' THEN SELECT position INTO v_position FROM appointment.checkpoint WHERE tenant_id = v_tenant_id;
        WHEN 'journey'     THEN SELECT position INTO v_position FROM journey.checkpoint     WHERE tenant_id = v_tenant_id;
        WHEN 'log'         THEN SELECT position INTO v_position FROM event_store.tenant_log WHERE tenant_id = v_tenant_id;
    END CASE;
    RETURN COALESCE(v_position, 0);
END
$$;
REVOKE EXECUTE ON FUNCTION ops.projection_position(uuid, text, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.projection_position(uuid, text, uuid[]) TO healz_reader;

-- Release 1.0 knows no clinics here and leaves them out by itself: it goes on seeing the whole tenant.
CREATE OR REPLACE FUNCTION ops.projection_position(p_tenant_id uuid, p_source text) RETURNS bigint
    LANGUAGE sql
    RETURN ops.projection_position(p_tenant_id, p_source, NULL);
