import type { DeliveryFailure } from '../../../generated/prisma/enums.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import type { Postgres } from '../../platform/postgres/postgres.ts'
import { scopedRun } from '../../platform/postgres/run.ts'
import type { Scope } from '../../platform/postgres/scope.ts'
import { forEachInTurn } from '../../platform/tasks.ts'
import { GIVEN_UP_AT_ONCE, giveUp } from './give-up.store.ts'
import { changeOf, putEvents, type Told } from './notification-events.store.ts'
import { SENDING_MS } from './sending.ts'

const scope: Scope = { setting: 'app.notifying', value: 'on' }

/** A message that this process has for itself until its claim ends, and the channel that it goes to. */
export type Claimed = {
  readonly id: string
  readonly tenant: TenantId
  /** This one, counted from 1. */
  readonly attempt: number
  /** Attempts before it was last tried anew by hand. */
  readonly retried_after: number
  readonly message: unknown
  /** Addresses that have it by an attempt before. */
  readonly delivered_to: readonly string[]
  readonly channel_id: string
  readonly name: string
  readonly sealed: Uint8Array
  readonly subject_template: string | null
  readonly body_template: string | null
}

export type Attempt = {
  readonly code: DeliveryFailure | null
  readonly error: string | null
  readonly statusCode: number | null
  readonly durationMs: number
  /** Addresses that took it, where others did not; none unless told. */
  readonly deliveredTo?: readonly string[]
}
/** What becomes of the message: over, or to be tried again then. */
export type Next =
  | { readonly status: 'DELIVERED' | 'FAILED' }
  | { readonly status: 'PENDING'; readonly at: Date }

/** Longer than sending takes at most: what is not marked by then, its process is gone. */
export const CLAIM_MS = SENDING_MS + 20_000

/** How many messages may be on their way to one channel and for one tenant, those of other processes too. */
export type Shares = { readonly channel: number; readonly tenant: number }

// Each channel of an active tenant by itself, by its own index: what waits for a dead one is neither read nor counted. Of what has one
// dedup key only the oldest goes, so that no end is told before its beginning. Turns go to the tenants first, and of each
// to its channels; what others have claimed already counts to the bounds of both.
const CLAIM = `
  WITH RECURSIVE waiting AS (
    (SELECT channel_id FROM notifications WHERE status = 'PENDING' ORDER BY channel_id LIMIT 1)
    UNION ALL
    SELECT (SELECT n.channel_id FROM notifications n WHERE n.status = 'PENDING' AND n.channel_id > w.channel_id
             ORDER BY n.channel_id LIMIT 1)
      FROM waiting w WHERE w.channel_id IS NOT NULL
  ), channel AS (
    SELECT c.id, c.tenant_id, busy.count AS busy, sum(busy.count) OVER (PARTITION BY c.tenant_id) AS tenant_busy
      FROM waiting w
      JOIN notification_channels c ON c.id = w.channel_id AND c.enabled
      JOIN tenants t ON t.id = c.tenant_id AND t.is_active AND t.deleted_at IS NULL
      CROSS JOIN LATERAL (
        SELECT count(*) FROM notifications b
         WHERE b.channel_id = w.channel_id AND b.status = 'PENDING' AND b.claimed_until IS NOT NULL AND b.claimed_until > $1
      ) busy
  ), due AS (
    SELECT head.id, head.next_attempt_at, head.turn + c.busy AS turn,
           c.tenant_busy + row_number() OVER (
             PARTITION BY c.tenant_id ORDER BY head.turn + c.busy, head.next_attempt_at, head.id) AS tenant_turn
      FROM channel c
      CROSS JOIN LATERAL (
        SELECT n.id, n.next_attempt_at, row_number() OVER (ORDER BY n.next_attempt_at, n.id) AS turn
          FROM notifications n
         WHERE n.channel_id = c.id AND n.status = 'PENDING' AND n.next_attempt_at <= $1
           AND (n.claimed_until IS NULL OR n.claimed_until <= $1)
           AND NOT EXISTS (SELECT FROM notifications o
                            WHERE o.channel_id = n.channel_id AND o.dedup_key = n.dedup_key AND o.id < n.id
                              AND o.status = 'PENDING')
         ORDER BY n.next_attempt_at, n.id LIMIT $3
      ) head
     WHERE head.turn + c.busy <= $3 AND c.tenant_busy < $5
  ), picked AS (
    SELECT n.id FROM notifications n JOIN due d ON d.id = n.id
     WHERE n.status = 'PENDING' AND (n.claimed_until IS NULL OR n.claimed_until <= $1) AND d.tenant_turn <= $5
     ORDER BY d.tenant_turn, d.turn, d.next_attempt_at, d.id LIMIT $2
       FOR UPDATE OF n SKIP LOCKED
  )
  UPDATE notifications n
     SET claimed_until = $1::timestamptz + $4 * interval '1 ms', attempts = n.attempts + 1
    FROM picked p, notification_channels c
   WHERE n.id = p.id AND c.tenant_id = n.tenant_id AND c.id = n.channel_id
  RETURNING n.id, n.tenant_id AS tenant, n.attempts AS attempt, n.retried_after, n.message, n.delivered_to, n.channel_id, c.name, c.sealed, c.subject_template,
            c.body_template`

/** Whether somebody had it tried anew while the attempt that failed was under way: then the next one is due at once. */
const RETRIED = `(retried_after >= $2 AND $3 <> 'DELIVERED' AND ($3 = 'PENDING' OR $8 <> 'GONE'))`

// Whoever claimed it meanwhile goes on with it, unless it has been delivered: that holds whoever says it.
const MARK = `
  WITH marked AS (
    UPDATE notifications
       SET status = CASE WHEN ${RETRIED} THEN 'PENDING' ELSE $3::notification_status END,
           last_error = $4, claimed_until = NULL, delivered_to = delivered_to || $11::text[],
           next_attempt_at = CASE WHEN ${RETRIED} THEN $6::timestamptz ELSE coalesce($5, next_attempt_at) END,
           ended_at = CASE WHEN ${RETRIED} OR $3 = 'PENDING' THEN NULL ELSE $6::timestamptz END
     WHERE id = $1 AND status = 'PENDING' AND (attempts = $2 OR $3 = 'DELIVERED')
    RETURNING id, tenant_id, channel_id, kind, dedup_key, status, attempts, last_error
  ), timelines AS (
    UPDATE notification_incidents i SET timeline_due = true FROM marked m
     WHERE $3 = 'DELIVERED' AND i.tenant_id = m.tenant_id AND i.notification_id = m.id
  ), attempt AS (
    INSERT INTO notification_attempts (id, tenant_id, notification_id, number, code, error, status_code, duration_ms, created_at)
    SELECT $7, tenant_id, id, $2, $8::delivery_failure, $4, $9, $10, $6 FROM notifications WHERE id = $1
    ON CONFLICT (tenant_id, notification_id, number) DO NOTHING
  )
  SELECT id, channel_id AS "channelId", kind, dedup_key AS "dedupKey", status, attempts, last_error AS "lastError" FROM marked`

// What was more than is given up at once, and what was tried anew by hand in the very moment.
const LEFT_OVER = `
  SELECT DISTINCT n.tenant_id FROM notifications n
    JOIN notification_channels c ON c.tenant_id = n.tenant_id AND c.id = n.channel_id
   WHERE n.status = 'PENDING' AND NOT c.enabled`

/** So many at once, so that no lock is held for long. */
const REMOVED_AT_ONCE = 5_000
const REMOVE = `
  DELETE FROM notifications WHERE id IN (
    SELECT id FROM notifications WHERE ended_at < $1 ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED)
  RETURNING 1`

/** What senders read and write of all tenants, each by one statement. */
export const createDeliveryStore = ({
  postgres,
  poke,
}: {
  readonly postgres: Postgres
  /** Says that events were committed; see `createOutboxRelay`. */
  readonly poke: () => void
}) => ({
  /** Takes what is due at that time: `most` at most, and not more than the shares of a channel and a tenant. */
  claim: (at: Date, most: number, { channel, tenant }: Shares): Promise<Claimed[]> =>
    postgres
      .query<Claimed>(scope, {
        name: 'notify_claim',
        text: CLAIM,
        values: [at, most, channel, CLAIM_MS, tenant],
      })
      .then((rows) => rows.map((row) => ({ ...row, tenant: trustTenantId(row.tenant) }))),

  /** Writes what became of an attempt. One that was tried anew by hand meanwhile goes on, whatever `next` says. */
  mark: async (
    { id, tenant, attempt }: Pick<Claimed, 'id' | 'tenant' | 'attempt'>,
    { code, error, statusCode, durationMs, deliveredTo = [] }: Attempt,
    next: Next,
    at: Date,
  ): Promise<void> => {
    const nextAt = next.status === 'PENDING' ? next.at : null
    const values = [
      id,
      attempt,
      next.status,
      error,
      nextAt,
      at,
      uuidv7(at.getTime()),
      code,
      statusCode,
      durationMs,
      [...deliveredTo],
    ]
    await postgres.forTenant(tenant).$transaction(async (tx) => {
      const marked = await scopedRun(tx)<Told>({ name: 'notify_mark', text: MARK, values })
      await putEvents(
        tx,
        tenant,
        marked.map((row) => changeOf(row, at, code)),
      )
    })
    poke()
  },

  failLeftOver: async (at: Date): Promise<void> => {
    const rows = await postgres.query<{ tenant_id: string }>(scope, {
      name: 'notify_left_over',
      text: LEFT_OVER,
    })
    await forEachInTurn(rows, async ({ tenant_id }) => {
      const tenant = trustTenantId(tenant_id)
      const some = (): Promise<number> =>
        postgres.forTenant(tenant).$transaction(async (tx) => {
          const events = await giveUp(tx, tenant, { channel: { enabled: false } }, at)
          await putEvents(tx, tenant, events)
          return events.length
        })
      while ((await some()) === GIVEN_UP_AT_ONCE);
    })
  },
  /** Removes what ended before that time. */
  removeEnded: async (before: Date): Promise<void> => {
    for (;;) {
      const gone = await postgres.query(scope, { text: REMOVE, values: [before, REMOVED_AT_ONCE] })
      if (gone.length < REMOVED_AT_ONCE) return
    }
  },
})

export type DeliveryStore = ReturnType<typeof createDeliveryStore>
