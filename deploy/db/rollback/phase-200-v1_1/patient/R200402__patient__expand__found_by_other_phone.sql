-- Takes V200402 back.
SET LOCAL lock_timeout = '5s';

CALL ops.change_function('patient.find_patients',
$$       AND (p_phones IS NULL OR v.phone = ANY (p_phones) OR v.other_phone = ANY (p_phones))
       AND (p_cpf$$,
$$       AND (p_phones IS NULL OR v.phone = ANY (p_phones))
       AND (p_cpf$$,
'31dec9adfa1c');

CALL ops.change_function('patient.find_patients',
$$           AND (p_phones IS NULL OR f.phone = ANY (p_phones) OR f.other_phone = ANY (p_phones))
$$,
$$           AND (p_phones IS NULL OR f.phone = ANY (p_phones))
$$,
'2f4d47bb5260');

CALL ops.change_function('patient.find_patients',
$$                   AND (p_phones IS NULL OR v.phone = ANY (p_phones) OR v.other_phone = ANY (p_phones))
                   AND (p_phone_end$$,
$$                   AND (p_phones IS NULL OR v.phone = ANY (p_phones))
                   AND (p_phone_end$$,
'bb0a06275b62');
