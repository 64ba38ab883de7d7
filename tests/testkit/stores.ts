import { inject } from 'vitest'

/** The real stores of this test run; every test file takes its own database, prefix or tenant in them. */
export type Stores = {
  /** A superuser of Postgres, on the database `heliograph`. */
  readonly postgresOwnerUrl: string
  /** A migrated database of Postgres that nobody writes to: what `freshDatabases` copies. */
  readonly postgresTemplate: string
  readonly redisUrl: string
  /** An http:// URL of ClickHouse's protocol, with user and password. */
  readonly clickhouseUrl: string
}

declare module 'vitest' {
  export interface ProvidedContext {
    stores: Stores
  }
}

const NONE =
  'This file belongs to the project "unit", which has no stores. Name it *.stores.test.ts beside the code, or put it into a ' +
  'folder of the project "stores" or "processes" (see vitest.config.ts).'

/** The stores that the run's global setup started. Throws in a file of the project "unit". */
export const stores = (): Stores => {
  const running = inject('stores') as Stores | undefined
  if (!running) throw new Error(NONE)
  return running
}
