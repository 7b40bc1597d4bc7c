-- Each read model was verified twice, and has filled holes.
INSERT INTO patient.verification (verified_at, share, tenants, patients, events, wrong, parked, not_done)
VALUES ('2031-03-01 12:00Z', 0.01, 2, 40, 900, 0, 1, 0), ('2031-03-02 12:00Z', 1, 2, 4000, 90000, 3, 1, 1);
UPDATE patient.checkpoint SET holes_filled = 7;
INSERT INTO appointment.verification (verified_at, share, tenants, patients, events, wrong, parked, not_done)
VALUES ('2031-03-01 12:00Z', 0.01, 2, 40, 900, 0, 1, 0), ('2031-03-02 12:00Z', 1, 2, 4000, 90000, 3, 1, 1);
UPDATE appointment.checkpoint SET holes_filled = 7;
INSERT INTO journey.verification (verified_at, share, tenants, patients, events, wrong, parked, not_done)
VALUES ('2031-03-01 12:00Z', 0.01, 2, 40, 900, 0, 1, 0), ('2031-03-02 12:00Z', 1, 2, 4000, 90000, 3, 1, 1);
UPDATE journey.checkpoint SET holes_filled = 7;
