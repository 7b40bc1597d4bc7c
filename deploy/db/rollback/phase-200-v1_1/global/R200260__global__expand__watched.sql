SET LOCAL lock_timeout = '5s';

REVOKE EXECUTE ON FUNCTION ops.missing_partitions(integer) FROM healz_relay;
REVOKE SELECT ON TABLE analytics.refreshes FROM healz_relay;
REVOKE USAGE ON SCHEMA analytics FROM healz_relay;
