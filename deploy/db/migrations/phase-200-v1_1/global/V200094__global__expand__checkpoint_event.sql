-- Which event a checkpoint stands at: a position alone can't tell a log from another one that a restore put in its place.
-- The event has its position beside it, because release 1.0 moves `position` alone: then the pair is an older one, and true.
SET LOCAL lock_timeout = '5s';

ALTER TABLE patient.checkpoint
    ADD COLUMN event_position bigint,
    ADD COLUMN event_id       uuid;

ALTER TABLE appointment.checkpoint
    ADD COLUMN event_position bigint,
    ADD COLUMN event_id       uuid;

ALTER TABLE journey.checkpoint
    ADD COLUMN event_position bigint,
    ADD COLUMN event_id       uuid;

-- What there is already; one whose event is not in the log stays without. (One that moves meanwhile is passed over.)
UPDATE patient.checkpoint AS c
   SET event_position = c.position, event_id = e.event_id
  FROM event_store.events AS e
 WHERE e.tenant_id = c.tenant_id AND e.position = c.position;
UPDATE appointment.checkpoint AS c
   SET event_position = c.position, event_id = e.event_id
  FROM event_store.events AS e
 WHERE e.tenant_id = c.tenant_id AND e.position = c.position;
UPDATE journey.checkpoint AS c
   SET event_position = c.position, event_id = e.event_id
  FROM event_store.events AS e
 WHERE e.tenant_id = c.tenant_id AND e.position = c.position;
