import { createHash } from 'node:crypto'

export type AuditOutcome = 'SUCCESS' | 'DENIED' | 'FAILED'

/** What a row of the audit log says. Its hash covers all of it. */
export type AuditRecord = {
  readonly tenantId: string
  readonly sequence: number
  readonly id: string
  readonly createdAt: Date
  readonly actorKind: string
  readonly actorId: string | null
  readonly actor: string
  readonly action: string
  readonly resourceType: string | null
  readonly resourceId: string | null
  readonly before: unknown
  readonly after: unknown
  readonly address: string | null
  readonly userAgent: string | null
  readonly requestId: string | null
  readonly outcome: AuditOutcome
  readonly code: string | null
}

/** What the first row of a chain follows. */
export const GENESIS: Buffer = Buffer.alloc(32)

/**
 * A JSON value as one text: object keys sorted by UTF-16 code units, no spaces, texts and numbers as
 * ECMAScript's JSON.stringify writes them (so RFC 8785). `jsonb` forgets the order of keys and how a number
 * was written; this does not depend on either.
 */
export const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonicalJson(each)}`).join(',')}}`
}

/**
 * The hash of a row: SHA-256 over the 32 bytes of the row's `prev_hash`, followed by the UTF-8 bytes of the
 * canonical JSON (above) of this array, in this order:
 *
 *     ["heliograph-audit-1", tenant_id, sequence, id, created_at, actor_kind, actor_id, actor, action, resource_type,
 *      resource_id, before, after, address, user_agent, request_id, outcome, code]
 *
 * UUIDs are lower case with hyphens, `sequence` is a number, `created_at` is whole Unix milliseconds as a
 * number, what is NULL is null. `prev_hash` is the hash of the row before, and 32 zero bytes in row 1.
 * Whoever has the rows can check them with any SHA-256; changing this needs another first element, so that
 * old rows still check.
 */
export const auditHash = (prevHash: Uint8Array, row: AuditRecord): Buffer =>
  createHash('sha256')
    .update(prevHash)
    .update(
      canonicalJson([
        'heliograph-audit-1',
        row.tenantId,
        row.sequence,
        row.id,
        row.createdAt.getTime(),
        row.actorKind,
        row.actorId,
        row.actor,
        row.action,
        row.resourceType,
        row.resourceId,
        row.before ?? null,
        row.after ?? null,
        row.address,
        row.userAgent,
        row.requestId,
        row.outcome,
        row.code,
      ]),
    )
    .digest()
