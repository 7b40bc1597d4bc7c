-- Of each tenant somebody is parked, an event is left out, and a rebuild was interrupted.
INSERT INTO patient.parked_patient (tenant_id, patient_id, position, event_type, error)
VALUES ('0d000000-0000-7000-8000-00000000000a', '0d000000-0000-7000-8000-0000000000e1', 2, 'PatientContactUpdated', 'KeyError in evolve, line 7'),
       ('0d000000-0000-7000-8000-00000000000b', '0d000000-0000-7000-8000-0000000000e2', 2, 'PatientContactUpdated', 'KeyError in evolve, line 7');
INSERT INTO patient.dropped_event (tenant_id, position, patient_id, dropped_by, reason)
VALUES ('0d000000-0000-7000-8000-00000000000a', 3, '0d000000-0000-7000-8000-0000000000e1', 'ana', 'a name of 300 letters'),
       ('0d000000-0000-7000-8000-00000000000b', 3, '0d000000-0000-7000-8000-0000000000e2', 'ana', 'a name of 300 letters');
INSERT INTO patient.rebuild (tenant_id, projection_version, after_patient_id, held_by, held_until)
VALUES ('0d000000-0000-7000-8000-00000000000a', 1, '0d000000-0000-7000-8000-0000000000e1', 'somebody', '2031-03-01 12:00Z'),
       ('0d000000-0000-7000-8000-00000000000b', 1, NULL, 'somebody', '2031-03-01 12:00Z');
INSERT INTO appointment.parked_patient (tenant_id, patient_id, position, event_type, error)
VALUES ('0d000000-0000-7000-8000-00000000000a', '0d000000-0000-7000-8000-0000000000e1', 2, 'PatientContactUpdated', 'KeyError in evolve, line 7'),
       ('0d000000-0000-7000-8000-00000000000b', '0d000000-0000-7000-8000-0000000000e2', 2, 'PatientContactUpdated', 'KeyError in evolve, line 7');
INSERT INTO appointment.dropped_event (tenant_id, position, patient_id, dropped_by, reason)
VALUES ('0d000000-0000-7000-8000-00000000000a', 3, '0d000000-0000-7000-8000-0000000000e1', 'ana', 'a name of 300 letters'),
       ('0d000000-0000-7000-8000-00000000000b', 3, '0d000000-0000-7000-8000-0000000000e2', 'ana', 'a name of 300 letters');
INSERT INTO appointment.rebuild (tenant_id, projection_version, after_patient_id, held_by, held_until)
VALUES ('0d000000-0000-7000-8000-00000000000a', 1, '0d000000-0000-7000-8000-0000000000e1', 'somebody', '2031-03-01 12:00Z'),
       ('0d000000-0000-7000-8000-00000000000b', 1, NULL, 'somebody', '2031-03-01 12:00Z');
INSERT INTO journey.parked_patient (tenant_id, patient_id, position, event_type, error)
VALUES ('0d000000-0000-7000-8000-00000000000a', '0d000000-0000-7000-8000-0000000000e1', 2, 'PatientContactUpdated', 'KeyError in evolve, line 7'),
       ('0d000000-0000-7000-8000-00000000000b', '0d000000-0000-7000-8000-0000000000e2', 2, 'PatientContactUpdated', 'KeyError in evolve, line 7');
INSERT INTO journey.dropped_event (tenant_id, position, patient_id, dropped_by, reason)
VALUES ('0d000000-0000-7000-8000-00000000000a', 3, '0d000000-0000-7000-8000-0000000000e1', 'ana', 'a name of 300 letters'),
       ('0d000000-0000-7000-8000-00000000000b', 3, '0d000000-0000-7000-8000-0000000000e2', 'ana', 'a name of 300 letters');
INSERT INTO journey.rebuild (tenant_id, projection_version, after_patient_id, held_by, held_until)
VALUES ('0d000000-0000-7000-8000-00000000000a', 1, '0d000000-0000-7000-8000-0000000000e1', 'somebody', '2031-03-01 12:00Z'),
       ('0d000000-0000-7000-8000-00000000000b', 1, NULL, 'somebody', '2031-03-01 12:00Z');
