import { Client, escapeIdentifier, escapeLiteral } from 'pg'
import { AppError } from '../errors.ts'
import { postgresError, sqlState } from './errors.ts'

/** The setting that a URL came from, for the advice. */
type Setting = 'DATABASE_URL' | 'DATABASE_OWNER_URL'

/** What a person can mend about a connection, or the error as it is. By SQLSTATE: PostgreSQL, appendix A. */
const connectError = (error: unknown, setting: Setting): unknown => {
  const advice = (text: string) => new AppError('CONFLICT', text, { cause: error })
  switch (sqlState(error)) {
    case '28000':
    case '28P01':
      return advice(`Postgres refuses the user of ${setting}: the role is missing or its password is wrong.`)
    case '3D000':
      return advice(`The database that ${setting} names does not exist. Create it first (CREATE DATABASE).`)
  }
  return postgresError(error)
    ? new AppError(
        'STORE_UNAVAILABLE',
        `Postgres does not answer where ${setting} says. Start it, or correct the URL.`,
        { cause: error },
      )
    : error
}

const connected = async <T>(
  url: string,
  setting: Setting,
  work: (client: Client) => Promise<T>,
): Promise<T> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  await client.connect().catch((error: unknown) => {
    throw connectError(error, setting)
  })
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Throws AppError with advice unless the database of a URL can be used. */
export const assertReachable = (url: string, setting: Setting): Promise<void> =>
  connected(url, setting, async (client) => void (await client.query('SELECT 1')))

/** Tables whose rows are only ever added: history that the program itself can't rewrite. */
const appendOnly = ['incident_events', 'audit_logs']
/** Rows that such history hangs on: with them it would go too, by the cascade, which asks nobody's rights. Tenants are deleted softly. */
const kept = ['tenants', 'incidents', 'audit_heads']

/**
 * Makes the program's role if it is missing (name and password from its URL) and grants it rows, nothing else. Run by the
 * owner after every migration; without effect the second time.
 */
export const grantProgramRole = async (ownerUrl: string, programUrl: string): Promise<void> => {
  const role = decodeURIComponent(new URL(programUrl).username)
  const password = decodeURIComponent(new URL(programUrl).password)
  await connected(ownerUrl, 'DATABASE_OWNER_URL', async (client) => {
    const name = escapeIdentifier(role)
    const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role])
    const login = `LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE ${password ? `PASSWORD ${escapeLiteral(password)}` : ''}`
    if (rowCount === 0) await client.query(`CREATE ROLE ${name} ${login}`)
    await client.query(`GRANT USAGE ON SCHEMA public TO ${name}`)
    await client.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${name}`)
    await client.query(`GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${name}`)
    await client.query(`REVOKE INSERT, UPDATE, DELETE ON _prisma_migrations FROM ${name}`)
    await client.query(`REVOKE UPDATE, DELETE ON ${appendOnly.map(escapeIdentifier).join(', ')} FROM ${name}`)
    // A message says what was committed: it may be set aside, and never changed.
    await client.query(`REVOKE UPDATE ON outbox_messages FROM ${name}`)
    await client.query(`GRANT UPDATE (set_aside_at) ON outbox_messages TO ${name}`)
    // Whose membership it is never changes: the account's row is shown to the tenant.
    await client.query(`REVOKE UPDATE ON memberships FROM ${name}`)
    await client.query(`GRANT UPDATE (role, updated_at) ON memberships TO ${name}`)
    await client.query(`REVOKE DELETE ON ${kept.map(escapeIdentifier).join(', ')} FROM ${name}`)
  })
}

const CHECK = `
  SELECT r.rolname AS role, r.rolsuper AS superuser, r.rolbypassrls AS bypass,
         EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relnamespace = 'public'::regnamespace) AS owner,
         EXISTS (SELECT FROM pg_roles o WHERE o.oid <> r.oid AND pg_has_role(r.oid, o.oid, 'MEMBER')
                   AND (o.rolsuper OR o.rolbypassrls OR EXISTS (SELECT FROM pg_class c
                        WHERE c.relowner = o.oid AND c.relnamespace = 'public'::regnamespace))) AS inherits,
         (SELECT array_agg(c.relname::text ORDER BY c.relname) FROM pg_class c
           WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
             AND (c.relname IN ('tenants', 'users', 'passwords', 'sessions', 'refresh_tokens', 'signing_keys')
                  OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'))
             AND NOT (c.relrowsecurity AND c.relforcerowsecurity)) AS open
    FROM pg_roles r WHERE r.rolname = session_user`

type Check = {
  role: string
  superuser: boolean
  bypass: boolean
  owner: boolean
  inherits: boolean
  open: string[] | null
}

/** Throws unless the role of `programUrl` is held by row-level security on every tenant-owned table. */
export const assertProgramRole = async (programUrl: string): Promise<void> => {
  const found = await connected(
    programUrl,
    'DATABASE_URL',
    async (client) => (await client.query<Check>(CHECK)).rows[0]!,
  )
  const reason = found.superuser
    ? 'is a superuser'
    : found.bypass
      ? 'has BYPASSRLS'
      : found.owner
        ? 'owns tables'
        : found.inherits
          ? 'is a member of a role that owns the tables or bypasses their policies'
          : undefined
  if (reason)
    throw new AppError(
      'CONFLICT',
      `DATABASE_URL connects as "${found.role}", which ${reason}, so row-level security would not hold it and tenants could ` +
        `see each other. Put this URL into DATABASE_OWNER_URL (it migrates) and a plain role into DATABASE_URL, for example ` +
        `postgres://heliograph_app:<password>@<host>/<database>: the role is made for you if it is missing.`,
    )
  if (found.open)
    throw new AppError(
      'CONFLICT',
      `Row-level security is off for ${found.open.join(', ')}. Run "heliograph migrate".`,
    )
}
