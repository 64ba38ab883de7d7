import type { Client } from 'pg'

/** The two tables that carry no tenant_id and are tenants' all the same. */
const roots = new Set(['tenants', 'users'])
/**
 * Tables that are an account's own or the program's: walled as the others are, and no tenant sees a row of
 * them.
 */
export const apart = ['alert_lease', 'passwords', 'refresh_tokens', 'sessions', 'signing_keys']

const TABLES = `
  SELECT c.relname AS name, c.relkind AS kind, c.relrowsecurity AND c.relforcerowsecurity AS forced,
         EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') AS owned,
         EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd = '*' AND p.polqual IS NOT NULL
                   AND p.polwithcheck IS NOT NULL)
         AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive
                           AND 'true' IN (pg_get_expr(p.polqual, p.polrelid),
                                          pg_get_expr(p.polwithcheck, p.polrelid))) AS policy
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1`

export type Table = { name: string; kind: string; forced: boolean; owned: boolean; policy: boolean }

/** Everything in the schema that rows can be read from. */
export const tablesOf = async (client: Client): Promise<Table[]> => (await client.query<Table>(TABLES)).rows

/** The tables that hold rows of tenants. */
export const tenantTables = (tables: readonly Table[]): string[] =>
  tables.filter(({ name, owned }) => owned || roots.has(name)).map(({ name }) => name)

/**
 * Names what a tenant could see another's rows through: no forced policy, or a kind that has none (views,
 * foreign tables).
 */
export const openTables = (tables: readonly Table[]): string[] =>
  tables
    .filter(({ name }) => name !== '_prisma_migrations')
    .filter(({ name, kind, forced, owned, policy }) => {
      const walled = (owned || roots.has(name) || apart.includes(name)) && forced && policy
      return !(walled && (kind === 'r' || kind === 'p'))
    })
    .map(({ name }) => name)
