-- Which databases of the server the logins of services and analysts may enter: locks, memory and disk are the whole server's.
-- Normal: this one alone. Another: REVOKE CONNECT ON DATABASE … FROM PUBLIC, as its owner; or a line in pg_hba.conf.
WITH entered AS (
    SELECT d.datname::text                                       AS database,
           string_agg(r.rolname::text, ', ' ORDER BY r.rolname)  AS logins
      FROM pg_database AS d
      LEFT JOIN pg_roles AS r
        ON r.rolcanlogin AND NOT r.rolsuper AND has_database_privilege(r.oid, d.oid, 'CONNECT')
       AND (r.rolname LIKE 'healz\_%' OR pg_has_role(r.oid, to_regrole('healz_analyst'), 'MEMBER'))
     WHERE d.datallowconn
     GROUP BY d.datname
),
judged AS (
    SELECT database,
           logins,
           CASE WHEN logins IS NULL OR database = current_database() THEN 'ok'
                ELSE 'they could fill the server''s locks and disk from there: REVOKE CONNECT ON DATABASE … FROM PUBLIC'
           END AS verdict
      FROM entered
)
SELECT *
  FROM judged
 ORDER BY verdict = 'ok', database;
