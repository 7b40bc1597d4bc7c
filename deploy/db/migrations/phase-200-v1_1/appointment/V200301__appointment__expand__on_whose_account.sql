-- Whose doing a cancellation was, where somebody said so. Rows that are there already stay without: nobody did.
-- A nullable column without default: the table is locked for a moment and not rewritten.
SET LOCAL lock_timeout = '5s';

ALTER TABLE appointment.appointment_view ADD COLUMN on_whose_account text;

COMMENT ON COLUMN appointment.appointment_view.on_whose_account
    IS 'Whose doing the cancellation was, patient or clinic; null where nobody said: the patient''s.';
