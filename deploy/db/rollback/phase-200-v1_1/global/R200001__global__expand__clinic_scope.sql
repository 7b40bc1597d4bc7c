SET LOCAL lock_timeout = '5s';

-- As V100050 made it.
CREATE OR REPLACE FUNCTION ops.projection_position(p_tenant_id uuid, p_source text) RETURNS bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    v_tenant_id uuid := ops.enter_tenant(p_tenant_id);
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

DROP FUNCTION ops.projection_position(uuid, text, uuid[]);

DROP POLICY clinic_healz_reader ON event_store.events;
DROP POLICY clinic_healz_reader ON journey.journey_view;
DROP POLICY clinic_healz_reader ON appointment.appointment_view;

DROP FUNCTION ops.sees_clinic(uuid);
