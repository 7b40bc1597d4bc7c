-- Takes V200341 back. What was said is in the log.
SET LOCAL lock_timeout = '5s';

DROP TABLE journey.message_change;
DROP TABLE journey.message_status;
DROP TABLE journey.message;
