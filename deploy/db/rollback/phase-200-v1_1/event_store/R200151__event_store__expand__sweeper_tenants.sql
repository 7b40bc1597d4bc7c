SET LOCAL lock_timeout = '5s';

REVOKE SELECT (tenant_id) ON event_store.tenant_log FROM healz_sweeper;
DROP POLICY sweeper_all ON event_store.tenant_log;
