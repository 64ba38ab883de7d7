const DAY_MS = 86_400_000

/**
 * How long rows are kept, in milliseconds: the one place of these numbers. The times to live in
 * `clickhouse/migrations`, the age that ingest takes, the longest range and the documents are held to them by
 * `retention.test.ts`.
 */
export const retention = {
  raw: 90 * DAY_MS,
  /** Samples of edge nodes and of the health of streams: many, and soon told by their rollups alone. */
  nodeSamples: 30 * DAY_MS,
  minuteRollups: 180 * DAY_MS,
  hourlyRollups: 365 * DAY_MS,
  userActivity: 183 * DAY_MS,
  audit: 730 * DAY_MS,
  /** Messages to channels, from their end on. */
  notifications: 30 * DAY_MS,
  usage: 730 * DAY_MS,
} as const

/** The ClickHouse tables that are not kept as their names say. */
const exceptions: Readonly<Record<string, number>> = {
  node_samples: retention.nodeSamples,
  stream_health_samples: retention.nodeSamples,
  user_activity: retention.userActivity,
  usage_events: retention.usage,
  usage_1d: retention.usage,
}

/** How long a ClickHouse table keeps its rows. A rollup ends in the length of its buckets: `_5m`, `_1h`. */
export const keptMs = (table: string): number => {
  if (Object.hasOwn(exceptions, table)) return exceptions[table]!
  if (/_\d+[sm]$/.test(table)) return retention.minuteRollups
  return /_\d+[hd]$/.test(table) ? retention.hourlyRollups : retention.raw
}

export const days = (ms: number): number => ms / DAY_MS
