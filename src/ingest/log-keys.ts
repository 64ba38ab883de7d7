import type { Keys } from '../platform/redis/keys.ts'

/**
 * All keys of one dataset's log. They share a hash tag, so scripts may touch them together on a Redis Cluster
 * too.
 */
export type LogKeys = {
  /** Redis Stream: one entry per accepted chunk of a request, fields `tenant`, `rows`, `lines`. */
  readonly log: string
  /** Hash of what waits: `rows`, `bytes`. Removed when the log is empty, so that it can't drift for ever. */
  readonly waiting: string
  /** Hash of what went: `stored`, `dead` (rows). */
  readonly totals: string
  /** Hash of batches under way: deduplication token -> consumer, newline, entry ids. */
  readonly manifests: string
  /** Redis Stream of rows that ClickHouse refuses, with the reason. */
  readonly dead: string
  /** Before `:<tenant>:<day>`: the ids seen on a day, as sets of 16 bytes. */
  readonly seen: string
  /** Before `:<tenant>:<hash of the key>`: the digest of what was sent under an Idempotency-Key. */
  readonly sent: string
  /** Before `:<consumer>`: there as long as that consumer lives. */
  readonly alive: string
}

export const GROUP = 'writers'

export const logKeys = (keys: Pick<Keys, 'unit' | 'key'>, dataset: string): LogKeys => {
  const unit = keys.unit('ingest', dataset)
  return {
    log: keys.key(unit, 'log'),
    waiting: keys.key(unit, 'waiting'),
    totals: keys.key(unit, 'totals'),
    manifests: keys.key(unit, 'manifests'),
    dead: keys.key(unit, 'dead'),
    seen: keys.key(unit, 'seen'),
    sent: keys.key(unit, 'sent'),
    alive: keys.key(unit, 'alive'),
  }
}
