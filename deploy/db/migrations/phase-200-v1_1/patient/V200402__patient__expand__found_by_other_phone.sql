-- Patients are found by the phone of a record that was merged into theirs, too.
SET LOCAL lock_timeout = '5s';

CALL ops.change_function('patient.find_patients',
$$                   AND (p_phones IS NULL OR v.phone = ANY (p_phones))
                   AND (p_phone_end$$,
$$                   AND (p_phones IS NULL OR v.phone = ANY (p_phones) OR v.other_phone = ANY (p_phones))
                   AND (p_phone_end$$,
'2f4d47bb5260');

CALL ops.change_function('patient.find_patients',
$$           AND (p_phones IS NULL OR f.phone = ANY (p_phones))
$$,
$$           AND (p_phones IS NULL OR f.phone = ANY (p_phones) OR f.other_phone = ANY (p_phones))
$$,
'31dec9adfa1c');

CALL ops.change_function('patient.find_patients',
$$       AND (p_phones IS NULL OR v.phone = ANY (p_phones))
       AND (p_cpf$$,
$$       AND (p_phones IS NULL OR v.phone = ANY (p_phones) OR v.other_phone = ANY (p_phones))
       AND (p_cpf$$,
'bf67fad7fb74');
