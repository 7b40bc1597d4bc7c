-- Takes every event with it: only for a database whose events are nobody's.
SET LOCAL lock_timeout = '5s';

DROP TABLE event_store.events;
DROP PROCEDURE ops.ensure_partitions(integer, date[], date[]);
DROP FUNCTION ops.make_partition(date);
DROP FUNCTION ops.missing_partitions(integer);
