-- What the clinic cancels on its own account does not count against the patient (on_whose_account). Nobody said so before
-- this release, so the rows that are there are right already.
SET LOCAL lock_timeout = '5s';

COMMENT ON COLUMN patient.patient_view.cancelled_appointments
    IS 'How many were cancelled, without those that the clinic cancelled on its own account.';
COMMENT ON COLUMN journey.journey_view.cancelled_appointments
    IS 'How many were cancelled, without those that the clinic cancelled on its own account.';
