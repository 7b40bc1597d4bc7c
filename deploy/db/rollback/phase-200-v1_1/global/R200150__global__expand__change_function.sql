SET LOCAL lock_timeout = '5s';

DROP PROCEDURE ops.change_function(text, text, text, text);
