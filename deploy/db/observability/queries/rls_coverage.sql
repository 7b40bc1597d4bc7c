-- Whether row-level security covers all that has a tenant_id: on, forced on the owner too, whose policies; gaps come first.
-- Normal: no gap; of those who see every tenant's rows, healz_migrator everywhere, the others are ARCHITECTURE.md's named
-- exceptions. A gap: `CALL ops.protect(…)` in a migration, at once; until then REVOKE it from the services' roles.
WITH policies AS (
    SELECT p.polrelid,
           count(DISTINCT p.oid)                                                                          AS policies,
           string_agg(DISTINCT r.name, ', ' ORDER BY r.name) FILTER (WHERE p.qual IS DISTINCT FROM 'true') AS own_rows_roles,
           string_agg(DISTINCT r.name, ', ' ORDER BY r.name) FILTER (WHERE p.qual = 'true')               AS all_rows_roles,
           bool_or(r.name = 'PUBLIC')                                                                     AS for_everybody
      FROM (SELECT oid, polrelid, polroles, pg_get_expr(polqual, polrelid) AS qual FROM pg_policy) AS p
     CROSS JOIN LATERAL unnest(p.polroles) AS u (role)
     CROSS JOIN LATERAL (SELECT CASE u.role WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(u.role)::text END) AS r (name)
     GROUP BY p.polrelid
),
judged AS (
    SELECT c.oid::regclass::text                                               AS table_name,
           CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialised view' ELSE 'table' END AS kind,
           CASE WHEN c.relkind IN ('r', 'p') THEN c.relrowsecurity END         AS enabled,
           CASE WHEN c.relkind IN ('r', 'p') THEN c.relforcerowsecurity END    AS forced,
           COALESCE(p.policies, 0)                                             AS policies,
           p.own_rows_roles,
           p.all_rows_roles,
           CASE WHEN c.relkind = 'm'
                THEN CASE WHEN EXISTS (SELECT FROM aclexplode(c.relacl) AS a
                                        WHERE a.grantee <> c.relowner AND a.privilege_type = 'SELECT')
                          THEN 'no policy reaches a materialised view: revoke SELECT' ELSE 'ok' END
                WHEN c.relkind = 'v'
                THEN CASE WHEN c.reloptions::text ~ 'security_(invoker|barrier)=(true|on|yes|1)'
                          THEN 'ok' ELSE 'it reads with its owner''s policies: make it security_invoker' END
                WHEN NOT c.relrowsecurity      THEN 'not enabled: a role with a grant sees every tenant'
                WHEN NOT c.relforcerowsecurity THEN 'not forced: it does not bind the owner'
                WHEN p.policies IS NULL        THEN 'no policy: nobody sees a row'
                WHEN p.for_everybody           THEN 'a policy for PUBLIC: name the roles'
                ELSE 'ok'
           END AS verdict
      FROM pg_class      AS c
      JOIN pg_attribute  AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
      LEFT JOIN policies AS p ON p.polrelid = c.oid
     WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relpersistence <> 't'
       AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'
)
SELECT *
  FROM judged
 ORDER BY verdict = 'ok', kind, table_name;
