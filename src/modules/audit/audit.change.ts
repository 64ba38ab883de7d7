import type { Action } from '../../auth/actions.ts'
import type { Once, Permit } from '../../auth/permit.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { OutboxEvent } from '../../platform/outbox.ts'
import type { Postgres, PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { ConflictError, NotFoundError } from '../../platform/problems.ts'
import { appendAudit, type AuditEntry } from './audit.append.ts'

/**
 * What a change did: its result, the row of the audit log that tells of it, and the events that subscribers
 * get.
 */
export type Change<T> = {
  readonly result: T
  readonly audit: {
    /** The mutation that does it, such as `createStream`. */
    readonly as: string
    readonly of: readonly [type: string, id: string]
    /** The fields that changed, as they were and as they are. Never a whole input, never a secret. */
    readonly before?: object
    readonly after?: object
    /**
     * The work has asked by itself, under a lock of its own, whether the actor may still do it: then its session alone
     * must still be good. Nobody asks for a credential that has `ended` itself by it.
     */
    readonly standing?: 'checked' | 'ended'
  }
  /** Made by `outboxEvent`. */
  readonly events?: readonly OutboxEvent[]
}

/** A change of several things at once: a row of the audit log for each, and none when nothing had to change. */
export type ChangeOfMany<T> = Omit<Change<T>, 'audit'> & { readonly audit: readonly Change<T>['audit'][] }

/** What only follows facts: it is nobody's act, and the audit log has no row of it. */
export type Followed<T> = Omit<Change<T>, 'audit'> & { readonly audit: null }

/**
 * Makes a change in one transaction: the work, its events into the outbox, and its audit row last, under the
 * action of the permit, which the actor must still be allowed then. After the commit the outbox is emptied. A
 * work that answers null has changed nothing, and leaves no row; one that throws is undone whole. Throws what
 * the work throws, and ForbiddenError (see `assertStanding`).
 *
 * With `again` a change that came with an idempotency key happens once: the same key again within 24 hours
 * answers what `again` finds under the id of what was changed. Throws ConflictError for the same key with
 * another input.
 */
export type Changes = <A extends Action, T>(
  permit: Permit<A>,
  work: (tx: PrismaTransaction) => Promise<Change<T> | ChangeOfMany<T> | Followed<T> | null>,
  again?: (tx: PrismaTransaction, id: string) => Promise<T | null>,
) => Promise<T | null>

/**
 * Requests with the same key follow one another. Two numbers, so that it is apart from the locks of the
 * program's own work.
 */
const LOCK_CLASS = 7_236

const findDone = async (tx: PrismaTransaction, tenant: TenantId, { mutation, key, inputHash }: Once) => {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${LOCK_CLASS}::int, hashtext(${`${tenant} ${mutation} ${key}`}))`
  const [done] = await tx.$queryRaw<{ id: string; same: boolean }[]>`
    SELECT resource_id AS id, input_hash = ${inputHash} AS same FROM idempotency_keys
     WHERE tenant_id = ${tenant}::uuid AND mutation = ${mutation} AND key = ${key}
       AND created_at > now() - interval '1 day'`
  if (done && !done.same)
    throw new ConflictError('This idempotencyKey came with another input before. Choose a new one.', [
      'idempotencyKey',
    ])
  return done
}

const remember = async (tx: PrismaTransaction, tenant: TenantId, once: Once, id: string): Promise<void> => {
  await tx.$executeRaw`
    DELETE FROM idempotency_keys WHERE tenant_id = ${tenant}::uuid AND created_at < now() - interval '1 day'`
  await tx.$executeRaw`
    INSERT INTO idempotency_keys (tenant_id, mutation, key, input_hash, resource_id)
    VALUES (${tenant}::uuid, ${once.mutation}, ${once.key}, ${once.inputHash}, ${id}::uuid)`
}

/** What is asked of the actor before the commit: with no action in the table, or after the work has asked, its session. */
const requiredOf = <A extends Action>(
  { action, actor }: Permit<A>,
  standing: Change<unknown>['audit']['standing'],
): AuditEntry['requires'] => {
  if (standing === 'ended') return 'nobody asks'
  if (standing !== 'checked' && action !== undefined) return action
  return actor.sessionId === undefined ? 'nobody asks' : 'credential'
}

/** `poke` says that something was committed; see `createOutboxRelay`. */
export const createChanges =
  ({ postgres, poke }: { postgres: Postgres; poke: () => void }): Changes =>
  async (permit, work, again) => {
    const { tenant, actor, once } = permit
    if (once && !again)
      throw new TypeError(`${once.mutation} takes an idempotencyKey and can find nothing again`)
    let told = false
    const result = await postgres.forTenant(tenant).$transaction(async (tx) => {
      const done = once && again && (await findDone(tx, tenant, once))
      if (done) {
        const found = await again(tx, done.id)
        if (found === null) throw new NotFoundError('What this idempotencyKey created was deleted since.')
        return found
      }
      const change = await work(tx)
      if (!change) return null
      const { audit, events = [] } = change
      if (events.length > 0)
        await tx.outboxMessage.createMany({ data: events.map((event) => ({ ...event, tenantId: tenant })) })
      told = events.length > 0
      if (audit === null) return change.result
      const rows = [audit].flat()
      if (once && again) await remember(tx, tenant, once, rows[0]!.of[1])
      for (const [index, { as, of, standing, ...fields }] of rows.entries())
        await appendAudit(tx, tenant, {
          actor,
          action: as,
          // Asked once: from the first row on the head is locked, and who takes the right away comes after.
          requires: index > 0 ? 'nobody asks' : requiredOf(permit, standing),
          resourceType: of[0],
          resourceId: of[1],
          ...fields,
        })
      return change.result
    })
    if (told) poke()
    return result
  }
