-- A digest leads nowhere back. The release before asks by the id itself, so it doesn't know these messages here; their patients'
-- events still do.
SET LOCAL lock_timeout = '5s';
