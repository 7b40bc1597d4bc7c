-- A conversation of each tenant: one that waits for an answer, one that a person closed.
INSERT INTO journey.conversation (tenant_id, conversation_id, patient_id, clinic_id, status, last_message_at)
VALUES ('0d000000-0000-7000-8000-00000000000a', '0d000000-0000-7000-8000-0000000000e1',
        '0d000000-0000-7000-8000-0000000000a1', '0d000000-0000-7000-8000-0000000000c1', 'awaiting_response',
        '2031-03-01 12:00Z'),
       ('0d000000-0000-7000-8000-00000000000b', '0d000000-0000-7000-8000-0000000000e3',
        '0d000000-0000-7000-8000-0000000000a3', '0d000000-0000-7000-8000-0000000000c3', 'closed',
        '2031-03-02 12:00Z');
