-- Two records of one person become one: the phone of the other one, by which they are found too, and where a record went
-- that is over. Nobody was merged before this release, so the rows that are there are right already.
SET LOCAL lock_timeout = '5s';

ALTER TABLE patient.patient_view
    ADD COLUMN other_phone varchar(20),
    ADD COLUMN merged_into uuid;

COMMENT ON COLUMN patient.patient_view.other_phone
    IS 'The phone of a record of the same person that was merged into this one, where it is another one: they are found by it, too.';
COMMENT ON COLUMN patient.patient_view.merged_into
    IS 'The record that goes on, where this one was merged into it: nothing is counted here any more. NULL: this one goes on.';
