-- A turn of each tenant; the sessions are long gone.
INSERT INTO event_store.import_turns (tenant_id)
VALUES ('0d000000-0000-7000-8000-00000000000a'), ('0d000000-0000-7000-8000-00000000000b');
INSERT INTO journey.reminder_turns (tenant_id, reminder_id, session_pid, session_since)
VALUES ('0d000000-0000-7000-8000-00000000000a', '0d000000-0000-7000-8000-0000000000f1', 1, '2031-03-01 12:00Z'),
       ('0d000000-0000-7000-8000-00000000000b', '0d000000-0000-7000-8000-0000000000f2', 1, '2031-03-01 12:00Z');
