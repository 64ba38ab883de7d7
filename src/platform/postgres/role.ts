import { escapeIdentifier, escapeLiteral } from 'pg'
import { connected } from './connect.ts'
import { locks } from './locks.ts'

/** Tables whose rows are only ever added: history that the program itself can't rewrite. */
export const appendOnly = ['incident_events', 'audit_logs']
/**
 * Rows that such history hangs on: with them it would go too, by the cascade, which asks nobody's rights.
 * Tenants are deleted softly.
 */
export const kept = ['tenants', 'incidents', 'audit_heads']

/** What the program may do with a table, where that is not all of SELECT, INSERT, UPDATE and DELETE. */
const narrower: Record<string, string> = {
  _prisma_migrations: 'SELECT',
  ...Object.fromEntries(appendOnly.map((table) => [table, 'SELECT, INSERT'])),
  ...Object.fromEntries(kept.map((table) => [table, 'SELECT, INSERT, UPDATE'])),
  // Where the chain begins is moved by retention alone, as the owner.
  audit_heads: 'SELECT, INSERT, UPDATE (sequence, hash)',
  // A message says what was committed: it may be set aside, and never changed.
  outbox_messages: 'SELECT, INSERT, DELETE, UPDATE (set_aside_at)',
  // What a call made under its key is remembered until it is forgotten, and never changed.
  idempotency_keys: 'SELECT, INSERT, DELETE',
  // Whose membership it is never changes: the account's row is shown to the tenant.
  memberships: 'SELECT, INSERT, DELETE, UPDATE (role, updated_at)',
  // Accounts are switched off, and never get another e-mail or more rights.
  users: 'SELECT, INSERT, UPDATE (is_active, last_login_at, oauth_provider, oauth_id, updated_at)',
  // Keys end, and never get other rights: who rotates one makes another.
  api_keys:
    'SELECT, INSERT, UPDATE (expires_at, revoked_at, revoked_by, successor_id, usage_count, last_used_at, updated_at)',
}

const OWNED = `
  SELECT FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
   WHERE r.rolname = $1 AND c.relnamespace = 'public'::regnamespace LIMIT 1`

/**
 * Makes the program's role if it is missing (name and password from its URL) and gives it rows, nothing else:
 * what somebody granted it by hand is gone. Run by the owner at every start, after the migrations. One
 * transaction, so a running program never has more rights or fewer meanwhile; starts at once wait for each
 * other, or their changes of one row of the catalog would fail with "tuple concurrently updated".
 */
export const grantProgramRole = async (ownerUrl: string, programUrl: string): Promise<void> => {
  const role = decodeURIComponent(new URL(programUrl).username)
  const password = decodeURIComponent(new URL(programUrl).password)
  const name = escapeIdentifier(role)
  const login = `LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE ${password ? `PASSWORD ${escapeLiteral(password)}` : ''}`
  // Roles are the server's: the lock, which is the database's, keeps no start on another one from making it
  // first.
  const make = `
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${escapeLiteral(role)}) THEN CREATE ROLE ${name} ${login}; END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END`
  const steps = [
    'BEGIN',
    `SELECT pg_advisory_xact_lock(${locks.grant})`,
    `DO ${escapeLiteral(make)}`,
    ...['SCHEMA public', 'ALL TABLES IN SCHEMA public', 'ALL SEQUENCES IN SCHEMA public'].map(
      (what) => `REVOKE ALL ON ${what} FROM ${name} CASCADE`, // rights of columns go with those of their table
    ),
    `GRANT USAGE ON SCHEMA public TO ${name}`,
    `GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${name}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${name}`,
    `REVOKE ALL ON ${Object.keys(narrower).join(', ')} FROM ${name}`,
    ...Object.entries(narrower).map(([table, rights]) => `GRANT ${rights} ON ${table} TO ${name}`),
    'COMMIT',
  ]
  await connected(ownerUrl, 'DATABASE_OWNER_URL', async (client) => {
    // Both settings name the owner: it would lose the rights that it migrates with. The check of the start
    // refuses it.
    if ((await client.query(OWNED, [role])).rowCount) return
    for (const step of steps) await client.query(step)
  })
}
