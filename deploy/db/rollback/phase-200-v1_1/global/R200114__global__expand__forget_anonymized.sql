-- What was emptied stays so: it was to be.
SET LOCAL lock_timeout = '5s';

DROP PROCEDURE ops.forget_anonymized();
