import type { Bus } from '../platform/bus/bus.ts'
import type { ClickHouse } from '../platform/clickhouse/client.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/logger.ts'
import type { Postgres } from '../platform/postgres/postgres.ts'
import type { Changes } from './audit/audit.change.ts'

/** What every domain is made of. `create<Domain>(core)` takes it and gives the domain's nouns. */
export type Core = {
  readonly postgres: Postgres
  /** Every write of a tenant's state goes through here: see `audit.change.ts`. */
  readonly changes: Changes
  readonly clickHouse: ClickHouse
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Logger
}
