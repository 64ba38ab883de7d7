import type { Actor } from '../../auth/actor.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { scopedRun, type PrismaTransaction, type ScopedRun } from '../../platform/postgres/run.ts'
import { auditHash, canonicalJson, GENESIS, type AuditOutcome, type AuditRecord } from './audit.chain.ts'
import { auditValue, cleanText, wholeValue } from './audit.redact.ts'
import { accountOf, assertStanding, type Standing } from './audit.standing.ts'

/** A row whose actor nobody asks for a right: see `requires`. */
export type UnaskedEntry = Omit<AuditEntry, 'requires'>

export type AuditEntry = {
  readonly actor: Actor
  /** What was done, by the name of the mutation that does it: `createStream`. */
  readonly action: string
  readonly resourceType?: string | null
  readonly resourceId?: string | null
  /** The fields that changed, as they were and as they are. Never a whole input, never a secret. */
  readonly before?: object | null
  readonly after?: object | null
  /**
   * What the actor must still have at this moment. `nobody asks` is for what was refused, for who is above the
   * table of actions, for who has no session yet, and for who has just ended their own credential.
   */
  readonly requires: Standing | 'nobody asks'
  readonly outcome?: AuditOutcome
  /** The error code of what was denied or failed. */
  readonly code?: string | null
}

const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value))

type Head = { sequence: number; hash: Uint8Array; now: Date }

const NEXT = `
  INSERT INTO audit_heads (tenant_id, sequence, hash, first_prev_hash) VALUES ($1::uuid, 1, $2, $2)
  ON CONFLICT (tenant_id) DO UPDATE SET sequence = audit_heads.sequence + 1
  RETURNING sequence::float8 AS sequence, hash, date_trunc('milliseconds', clock_timestamp()) AS now,
            CASE WHEN $3::text IS NOT NULL THEN set_config('app.user_id', $3, true) END`
const ADD = `
  WITH added AS (
    INSERT INTO audit_logs (tenant_id, sequence, id, created_at, actor_kind, actor_id, actor, action, resource_type,
                            resource_id, before, after, address, user_agent, request_id, outcome, code, prev_hash, hash)
    VALUES ($1::uuid, $2::float8::bigint, $3::uuid, $4, $5, $6, $7, $8, $9, $10, $11::text::jsonb, $12::text::jsonb, $13, $14, $15,
            $16::text::audit_outcome, $17, $18, $19))
  UPDATE audit_heads SET hash = $19 WHERE tenant_id = $1::uuid`

/**
 * Adds a row to the tenant's chain in the transaction of the change that it tells of: both stand or neither.
 * Taking the head locks it until the commit, so appends of one tenant follow each other and the chain can't
 * fork.
 *
 * Call it last in the transaction: whoever holds the head then waits for no other row but the tenant's, for
 * the foreign key, and so two transactions never wait for each other. That is why a tenant's row is locked
 * FOR NO KEY UPDATE and never FOR UPDATE, which a foreign key would wait for. The time is the database's,
 * read under the lock, so that it grows with the sequence whatever the programs' clocks say. Throws
 * ForbiddenError (see `assertStanding`).
 */
export const appendAudit = async (
  transaction: PrismaTransaction | ScopedRun,
  tenant: TenantId,
  entry: AuditEntry,
): Promise<void> => {
  const run = scopedRun(transaction)
  const { actor, requires } = entry
  // From here on the transaction sees the actor's own session too: nothing but the row comes after.
  const own = requires === 'nobody asks' ? null : accountOf(actor)
  const [head] = await run<Head>({ name: 'audit_next', text: NEXT, values: [tenant, GENESIS, own] })
  const { sequence, hash: prevHash, now } = head!
  if (requires !== 'nobody asks') await assertStanding(run, tenant, actor, requires, now)
  const row: AuditRecord = {
    tenantId: tenant,
    sequence,
    id: uuidv7(),
    createdAt: now,
    actorKind: actor.kind,
    actorId: actor.id,
    actor: cleanText(actor.name),
    action: cleanText(entry.action),
    resourceType: entry.resourceType == null ? null : cleanText(entry.resourceType),
    resourceId: entry.resourceId == null ? null : cleanText(entry.resourceId),
    before: entry.before ? auditValue(entry.before) : null,
    after: entry.after ? auditValue(entry.after) : null,
    address: actor.address,
    userAgent: actor.userAgent === null ? null : cleanText(actor.userAgent),
    requestId: actor.requestId,
    outcome: entry.outcome ?? 'SUCCESS',
    code: entry.code ?? null,
  }
  const who = [row.actorKind, row.actorId, row.actor, row.action, row.resourceType, row.resourceId]
  const states = [json(row.before), json(row.after)]
  const from = [row.address, row.userAgent, row.requestId, row.outcome, row.code]
  await run({
    name: 'audit_add',
    text: ADD,
    values: [tenant, sequence, row.id, now, ...who, ...states, ...from, prevHash, auditHash(prevHash, row)],
  })
}

/**
 * The same in a transaction of an account, which sees no tenant by itself: from here on it is also held to
 * that one. For what an account does to itself: who has a session needs it still, unless this has just ended it.
 * Throws ForbiddenError.
 */
export const appendAccountAudit = async (
  run: ScopedRun,
  tenant: TenantId,
  entry: UnaskedEntry,
  { endsItself = false }: { endsItself?: boolean } = {},
): Promise<void> => {
  await run({ text: `SELECT set_config('app.tenant_id', $1, true)`, values: [tenant] })
  const requires = endsItself || entry.actor.sessionId === undefined ? 'nobody asks' : 'credential'
  await appendAudit(run, tenant, { ...entry, requires })
}

/** Of two states of a thing, the fields in which they differ. */
export const changed = <T extends object>(before: T, after: T): { before: object; after: object } => {
  const names = (Object.keys(after) as (keyof T)[]).filter(
    (name) => canonicalJson(wholeValue(before[name])) !== canonicalJson(wholeValue(after[name])),
  )
  const only = (of: T) => Object.fromEntries(names.map((name) => [name, of[name]]))
  return { before: only(before), after: only(after) }
}
