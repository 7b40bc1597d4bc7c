-- A republish that was killed leaves a topic whose tenants end anywhere: a relay that went on from there would put their
-- next events behind a hole. So it is written down that one has begun, and no relay takes the lease until it has ended.
SET LOCAL lock_timeout = '5s';

ALTER TABLE event_store.relay_lease ADD COLUMN republish text;
COMMENT ON COLUMN event_store.relay_lease.republish
    IS 'What a republish that has begun and not ended is to send: ''all'' or a tenant''s id. Meanwhile no relay leads.';
GRANT UPDATE (republish) ON event_store.relay_lease TO healz_relay;
