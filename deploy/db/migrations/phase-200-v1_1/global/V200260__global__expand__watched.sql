-- The relay tells metrics how old each materialised view is, and whether the months ahead have their partitions.
SET LOCAL lock_timeout = '5s';

GRANT USAGE ON SCHEMA analytics TO healz_relay;
GRANT SELECT ON TABLE analytics.refreshes TO healz_relay;
GRANT EXECUTE ON FUNCTION ops.missing_partitions(integer) TO healz_relay;
