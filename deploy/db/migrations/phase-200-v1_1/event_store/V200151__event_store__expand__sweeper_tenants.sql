-- Expired idempotency keys are deleted a tenant at a time, and which tenants there are is the log's to say: a tenant's head is
-- there from its first event on, whichever projector runs.
SET LOCAL lock_timeout = '5s';

-- A named exception: ids alone, neither positions nor times.
CREATE POLICY sweeper_all ON event_store.tenant_log FOR SELECT TO healz_sweeper USING (true);
GRANT SELECT (tenant_id) ON event_store.tenant_log TO healz_sweeper;
