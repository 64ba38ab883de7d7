import { AppError } from '../errors.ts'
import { connected } from './connect.ts'
import { appendOnly, kept } from './role.ts'

/**
 * Every role that the session has or may take (SET ROLE), and what lets it past the policies; its own first.
 */
const POWERS = `
  SELECT session_user AS role, nullif(o.rolname, session_user) AS through, CASE
           WHEN o.rolsuper THEN 'is a superuser'
           WHEN o.rolbypassrls THEN 'has BYPASSRLS'
           WHEN o.rolcreaterole THEN 'has CREATEROLE, so may give itself other roles'
           WHEN o.rolreplication THEN 'has REPLICATION, so may copy every row'
           WHEN EXISTS (SELECT FROM pg_class c WHERE c.relowner = o.oid AND c.relnamespace = 'public'::regnamespace)
             THEN 'owns tables'
           WHEN o.oid = (SELECT datdba FROM pg_database WHERE datname = current_database()) THEN 'owns the database'
           WHEN o.oid = (SELECT nspowner FROM pg_namespace WHERE nspname = 'public') THEN 'owns the schema public'
           WHEN o.rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
             THEN 'reaches the files of the server'
         END AS power
    FROM pg_roles o WHERE pg_has_role(session_user, o.oid, 'MEMBER') ORDER BY through NULLS FIRST`

/**
 * Rights that no policy sees (TRUNCATE), that would run code of the program's as somebody else (TRIGGER), or
 * that change history; from whichever of those roles, or from PUBLIC.
 */
const RIGHTS = `
  SELECT right_name || ' ' || c.relname || CASE WHEN bool_or(o.rolname = session_user) THEN ''
           ELSE ' (as "' || min(o.rolname) || '")' END AS what
    FROM pg_class c CROSS JOIN unnest(ARRAY['TRUNCATE', 'TRIGGER', 'UPDATE', 'DELETE']) right_name
    JOIN pg_roles o ON pg_has_role(session_user, o.oid, 'MEMBER')
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
     AND CASE right_name WHEN 'UPDATE' THEN c.relname = ANY($1) AND has_any_column_privilege(o.oid, c.oid, 'UPDATE')
                         WHEN 'DELETE' THEN c.relname = ANY($1 || $2) AND has_table_privilege(o.oid, c.oid, 'DELETE')
                         ELSE has_table_privilege(o.oid, c.oid, right_name) END
   GROUP BY right_name, c.relname ORDER BY 1`

const OPEN = `
  SELECT c.relname AS name FROM pg_class c
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
     AND (c.relname IN ('tenants', 'users', 'passwords', 'sessions', 'refresh_tokens', 'signing_keys')
          OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'))
     AND NOT (c.relrowsecurity AND c.relforcerowsecurity) ORDER BY 1`

type Power = { role: string; through: string | null; power: string | null }

/**
 * Throws CONFLICT with advice unless the role of `programUrl` is held by row-level security on every
 * tenant-owned table and can't rewrite history.
 */
export const assertProgramRole = (programUrl: string): Promise<void> =>
  connected(programUrl, 'DATABASE_URL', async (client) => {
    const { rows: powers } = await client.query<Power>(POWERS)
    const found = powers.find(({ power }) => power)
    if (found) {
      const reason = found.through ? `is a member of "${found.through}", which ${found.power}` : found.power
      throw new AppError(
        'CONFLICT',
        `DATABASE_URL connects as "${found.role}", which ${reason}: row-level security would not hold it, and tenants could ` +
          `see each other. Put this URL into DATABASE_OWNER_URL (it migrates) and a plain role into DATABASE_URL, for example ` +
          `postgres://heliograph_app:<password>@<host>/<database>: the role is made for you if it is missing.`,
      )
    }
    const { rows: rights } = await client.query<{ what: string }>(RIGHTS, [appendOnly, kept])
    if (rights.length > 0)
      throw new AppError(
        'CONFLICT',
        `DATABASE_URL connects as "${powers[0]!.role}", which may ${rights.map(({ what }) => what).join(', ')}: past row-level ` +
          `security, or in what is only ever added to. "heliograph migrate" with DATABASE_OWNER_URL takes back what the role ` +
          `itself was granted; what it has from PUBLIC or from another role, REVOKE by hand.`,
      )
    const { rows: open } = await client.query<{ name: string }>(OPEN)
    if (open.length > 0)
      throw new AppError(
        'CONFLICT',
        `Row-level security is off for ${open.map(({ name }) => name).join(', ')}. Run "heliograph migrate".`,
      )
  })
