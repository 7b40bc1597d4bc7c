"""Each kind of object: a query that gives name and definition.

Rights are compared one by one and not as a list, which would keep the order in which they were granted; what PostgreSQL
grants of itself counts as granted, because a list that was emptied again says the same as none. The order of columns
isn't compared: a column that comes back comes back last.
"""

# Whose schema is Healz's, and that no extension brought.
OURS = """
 {schema} NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^(pg_|information_schema$)')
 AND NOT EXISTS (SELECT FROM pg_depend AS e
                  WHERE e.classid = '{catalogue}'::regclass AND e.objid = {oid} AND e.deptype = 'e')
"""


def ours(catalogue: str, alias: str, schema: str) -> str:
    """A condition on a row of a catalogue."""
    return OURS.format(catalogue=catalogue, oid=f"{alias}.oid", schema=f"{alias}.{schema}")


RELATIONS = ours("pg_catalog.pg_class", "c", "relnamespace")
FUNCTIONS = ours("pg_catalog.pg_proc", "p", "pronamespace")
TYPES = ours("pg_catalog.pg_type", "t", "typnamespace")
GRANT = """
 || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END || ' ' || a.privilege_type,
 'granted by ' || a.grantor::regrole || CASE WHEN a.is_grantable THEN ' with grant option' ELSE '' END
"""

QUERIES = {
    "role": """
        SELECT rolname,
               concat_ws(', ',
                   CASE WHEN rolsuper THEN 'superuser' END, CASE WHEN rolbypassrls THEN 'bypassrls' END,
                   CASE WHEN rolcreaterole THEN 'createrole' END, CASE WHEN rolcreatedb THEN 'createdb' END,
                   CASE WHEN rolreplication THEN 'replication' END, CASE WHEN rolcanlogin THEN 'login' END)
          FROM pg_roles WHERE rolname ~ '^healz_'""",
    "role setting": """
        SELECT setrole::regrole || ' ' || split_part(one, '=', 1), one
          FROM pg_db_role_setting CROSS JOIN unnest(setconfig) AS one
         WHERE setdatabase = 0 AND setrole::regrole::text ~ '^healz_'""",
    "membership": """
        SELECT member::regrole || ' in ' || roleid::regrole, concat_ws(', ', admin_option, inherit_option, set_option)
          FROM pg_auth_members WHERE roleid::regrole::text ~ '^healz_'""",
    "extension": """
        SELECT extname, extversion || ' in ' || extnamespace::regnamespace || ', owner ' || extowner::regrole
          FROM pg_extension""",
    "schema": """
        SELECT nspname, 'owner ' || nspowner::regrole
          FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$)'""",
    "relation": f"""
        SELECT c.oid::regclass::text,
               concat_ws(', ',
                   'kind ' || c.relkind::text, 'owner ' || c.relowner::regrole,
                   'persistence ' || c.relpersistence::text,
                   'access method ' || m.amname, 'options ' || c.reloptions::text,
                   'toast options ' || o.reloptions::text,
                   'row security ' || c.relrowsecurity, 'forced ' || c.relforcerowsecurity,
                   'replica identity ' || c.relreplident::text, 'tablespace ' || s.spcname,
                   'filled ' || c.relispopulated,
                   'partition key ' || pg_get_partkeydef(c.oid), 'partition ' || pg_get_expr(c.relpartbound, c.oid),
                   'of ' || (SELECT string_agg(inhparent::regclass::text, ' ') FROM pg_inherits WHERE inhrelid = c.oid))
          FROM pg_class AS c
          LEFT JOIN pg_am AS m ON m.oid = c.relam
          LEFT JOIN pg_class AS o ON o.oid = c.reltoastrelid
          LEFT JOIN pg_tablespace AS s ON s.oid = c.reltablespace
         WHERE {RELATIONS} AND c.relkind NOT IN ('i', 'I')""",
    "column": f"""
        SELECT c.oid::regclass || '.' || quote_ident(t.attname),
               concat_ws(', ',
                   format_type(t.atttypid, t.atttypmod), CASE WHEN t.attnotnull THEN 'NOT NULL' END,
                   'default ' || pg_get_expr(d.adbin, d.adrelid),
                   'collation ' || NULLIF(t.attcollation, 0)::regcollation,
                   'identity ' || NULLIF(t.attidentity, '')::text, 'generated ' || NULLIF(t.attgenerated, '')::text,
                   'storage ' || t.attstorage::text, 'compression ' || NULLIF(t.attcompression, '')::text,
                   'statistics ' || t.attstattarget, 'options ' || t.attoptions::text)
          FROM pg_attribute AS t
          JOIN pg_class AS c ON c.oid = t.attrelid
          LEFT JOIN pg_attrdef AS d ON d.adrelid = t.attrelid AND d.adnum = t.attnum
         WHERE {RELATIONS} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND t.attnum > 0 AND NOT t.attisdropped""",
    "constraint": f"""
        SELECT COALESCE(c.conrelid::regclass::text, c.contypid::regtype::text) || ': ' || quote_ident(c.conname),
               concat_ws(', ', pg_get_constraintdef(c.oid), CASE WHEN NOT c.convalidated THEN 'not validated' END,
                   CASE WHEN NOT c.conislocal THEN 'inherited' END)
          FROM pg_constraint AS c WHERE {ours("pg_catalog.pg_constraint", "c", "connamespace")}""",
    "index": f"""
        SELECT c.oid::regclass::text,
               concat_ws(', ', pg_get_indexdef(c.oid), CASE WHEN NOT i.indisvalid THEN 'invalid' END,
                   CASE WHEN i.indisclustered THEN 'clustered' END, CASE WHEN i.indisreplident THEN 'identity' END,
                   'tablespace ' || s.spcname, 'owner ' || c.relowner::regrole,
                   'of ' || (SELECT inhparent::regclass FROM pg_inherits WHERE inhrelid = c.oid))
          FROM pg_index AS i
          JOIN pg_class AS c ON c.oid = i.indexrelid
          LEFT JOIN pg_tablespace AS s ON s.oid = c.reltablespace
         WHERE {RELATIONS}""",
    "policy": f"""
        SELECT c.oid::regclass || ': ' || quote_ident(p.polname),
               concat_ws(', ',
                   'for ' || p.polcmd::text, CASE WHEN NOT p.polpermissive THEN 'restrictive' END,
                   'to ' || ARRAY(SELECT CASE r WHEN 0 THEN 'PUBLIC' ELSE r::regrole::text END
                                    FROM unnest(p.polroles) AS r ORDER BY 1)::text,
                   'using ' || pg_get_expr(p.polqual, p.polrelid),
                   'with check ' || pg_get_expr(p.polwithcheck, p.polrelid))
          FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid WHERE {RELATIONS}""",
    "trigger": f"""
        SELECT c.oid::regclass || ': ' || quote_ident(g.tgname),
               pg_get_triggerdef(g.oid) || ', enabled ' || g.tgenabled::text
          FROM pg_trigger AS g JOIN pg_class AS c ON c.oid = g.tgrelid WHERE {RELATIONS} AND NOT g.tgisinternal""",
    "rule": f"""
        SELECT c.oid::regclass || ': ' || quote_ident(r.rulename),
               pg_get_ruledef(r.oid) || ', enabled ' || r.ev_enabled::text
          FROM pg_rewrite AS r JOIN pg_class AS c ON c.oid = r.ev_class
         WHERE {RELATIONS} AND r.rulename <> '_RETURN'""",
    "view": f"""
        SELECT c.oid::regclass::text, pg_get_viewdef(c.oid)
          FROM pg_class AS c WHERE {RELATIONS} AND c.relkind IN ('v', 'm')""",
    "sequence": f"""
        SELECT c.oid::regclass::text,
               format('as %s start %s by %s min %s max %s cache %s cycle %s owned by %s', s.seqtypid::regtype,
                      s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle,
                      (SELECT pg_describe_object(refclassid, refobjid, refobjsubid) FROM pg_depend
                        WHERE classid = 'pg_catalog.pg_class'::regclass AND objid = c.oid AND deptype IN ('a', 'i')))
          FROM pg_sequence AS s JOIN pg_class AS c ON c.oid = s.seqrelid WHERE {RELATIONS}""",
    "function": f"""
        SELECT p.oid::regprocedure::text,
               CASE p.prokind
                   WHEN 'a' THEN 'aggregate of ' || (SELECT aggtransfn FROM pg_aggregate WHERE aggfnoid = p.oid)
                   ELSE pg_get_functiondef(p.oid) END || ', owner ' || p.proowner::regrole
          FROM pg_proc AS p WHERE {FUNCTIONS}""",
    "type": f"""
        SELECT t.oid::regtype::text,
               concat_ws(', ', 'kind ' || t.typtype::text, 'owner ' || t.typowner::regrole,
                   'base ' || format_type(NULLIF(t.typbasetype, 0), t.typtypmod), 'default ' || t.typdefault,
                   CASE WHEN t.typnotnull THEN 'NOT NULL' END,
                   'labels ' || ARRAY(SELECT enumlabel FROM pg_enum WHERE enumtypid = t.oid
                                       ORDER BY enumsortorder)::text)
          FROM pg_type AS t WHERE {TYPES} AND t.typtype IN ('e', 'd', 'r', 'm', 'b') AND t.typelem = 0""",
    "statistics": f"""
        SELECT s.stxnamespace::regnamespace || '.' || quote_ident(s.stxname), pg_get_statisticsobjdef(s.oid)
          FROM pg_statistic_ext AS s
         WHERE {ours("pg_catalog.pg_statistic_ext", "s", "stxnamespace")}""",
    "event trigger": """
        SELECT evtname, concat_ws(', ', evtevent, evtfoid::regprocedure::text, evtenabled, evttags::text)
          FROM pg_event_trigger""",
    "publication": """
        SELECT pubname, concat_ws(', ', puballtables, pubinsert, pubupdate, pubdelete, pubtruncate,
               ARRAY(SELECT prrelid::regclass::text FROM pg_publication_rel WHERE prpubid = p.oid ORDER BY 1)::text)
          FROM pg_publication AS p""",
    "setting": """
        SELECT COALESCE(NULLIF(setrole, 0)::regrole::text, 'everybody') || ' ' || one, ''
          FROM pg_db_role_setting AS s CROSS JOIN LATERAL unnest(s.setconfig) AS one
         WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())""",
    "comment": """
        SELECT o.type || ' ' || o.identity, d.description
          FROM pg_description AS d
         CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) AS o
         WHERE d.objoid >= 16384
           AND NOT EXISTS (SELECT FROM pg_depend AS e
                            WHERE e.classid = d.classoid AND e.objid = d.objoid AND e.deptype = 'e')""",
    "grant on database": f"""
        SELECT '' {GRANT}
          FROM pg_database AS d
         CROSS JOIN LATERAL aclexplode(COALESCE(d.datacl, acldefault('d', d.datdba))) AS a
         WHERE d.datname = current_database()""",
    "grant on schema": f"""
        SELECT n.nspname || ': ' {GRANT}
          FROM pg_namespace AS n
         CROSS JOIN LATERAL aclexplode(COALESCE(n.nspacl, acldefault('n', n.nspowner))) AS a
         WHERE n.nspname !~ '^(pg_|information_schema$)'""",
    "grant on relation": f"""
        SELECT c.oid::regclass || ': ' {GRANT}
          FROM pg_class AS c
         CROSS JOIN LATERAL aclexplode(COALESCE(c.relacl,
             acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))) AS a
         WHERE {RELATIONS} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')""",
    "grant on column": f"""
        SELECT c.oid::regclass || '.' || quote_ident(t.attname) || ': ' {GRANT}
          FROM pg_attribute AS t JOIN pg_class AS c ON c.oid = t.attrelid
         CROSS JOIN LATERAL aclexplode(t.attacl) AS a
         WHERE {RELATIONS} AND NOT t.attisdropped""",
    "grant on function": f"""
        SELECT p.oid::regprocedure || ': ' {GRANT}
          FROM pg_proc AS p
         CROSS JOIN LATERAL aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) AS a
         WHERE {FUNCTIONS}""",
    "grant on type": f"""
        SELECT t.oid::regtype || ': ' {GRANT}
          FROM pg_type AS t
         CROSS JOIN LATERAL aclexplode(COALESCE(t.typacl, acldefault('T', t.typowner))) AS a
         WHERE {TYPES} AND t.typtype IN ('e', 'd') AND t.typelem = 0""",
    "default privilege": f"""
        SELECT d.defaclrole::regrole || ' in '
               || COALESCE(NULLIF(d.defaclnamespace, 0)::regnamespace::text, 'any schema')
               || ' on ' || d.defaclobjtype::text || ': ' {GRANT}
          FROM pg_default_acl AS d CROSS JOIN LATERAL aclexplode(d.defaclacl) AS a""",
}
