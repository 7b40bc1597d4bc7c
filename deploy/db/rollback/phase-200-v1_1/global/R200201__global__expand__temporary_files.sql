-- role: admin
-- Roles are the cluster's, and another of its databases may still want their settings: those stay. There is no way back to take.
SET LOCAL lock_timeout = '5s';
