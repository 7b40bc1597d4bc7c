-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE event_store.relay_lease (
    only_row boolean DEFAULT true NOT NULL,
    holder text,
    session_pid integer,
    session_since timestamp with time zone,
    fence bigint DEFAULT 0 NOT NULL,
    taken_at timestamp with time zone,
    expires_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    republish text,
    CONSTRAINT relay_lease_only_row_check CHECK (only_row)
);


ALTER TABLE event_store.relay_lease OWNER TO healz_migrator;

COMMENT ON TABLE event_store.relay_lease IS 'Leader election of relays: one row, whose holder leads until it expires, by this database''s clock.';

COMMENT ON COLUMN event_store.relay_lease.holder IS 'Host and process, for people; NULL: given back.';

COMMENT ON COLUMN event_store.relay_lease.session_pid IS 'With session_since: a holder whose session has ended holds nothing.';

COMMENT ON COLUMN event_store.relay_lease.fence IS 'One more for each that takes it.';

COMMENT ON COLUMN event_store.relay_lease.republish IS 'What a republish that has begun and not ended is to send: ''all'' or a tenant''s id. Meanwhile no relay leads.';

ALTER TABLE ONLY event_store.relay_lease
    ADD CONSTRAINT relay_lease_pkey PRIMARY KEY (only_row);

GRANT SELECT ON TABLE event_store.relay_lease TO healz_relay;

GRANT UPDATE(holder) ON TABLE event_store.relay_lease TO healz_relay;

GRANT UPDATE(session_pid) ON TABLE event_store.relay_lease TO healz_relay;

GRANT UPDATE(session_since) ON TABLE event_store.relay_lease TO healz_relay;

GRANT UPDATE(fence) ON TABLE event_store.relay_lease TO healz_relay;

GRANT UPDATE(taken_at) ON TABLE event_store.relay_lease TO healz_relay;

GRANT UPDATE(expires_at) ON TABLE event_store.relay_lease TO healz_relay;

GRANT UPDATE(republish) ON TABLE event_store.relay_lease TO healz_relay;
