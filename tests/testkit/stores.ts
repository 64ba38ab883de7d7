import { inject } from 'vitest'

/** The real stores of this test run; every test file takes its own database, prefix or tenant in them. */
export type Stores = {
  /** A superuser of Postgres, on the database `heliograph`. */
  readonly postgresOwnerUrl: string
  readonly redisUrl: string
  /** An http:// URL of ClickHouse's protocol, with user and password. */
  readonly clickhouseUrl: string
}

declare module 'vitest' {
  export interface ProvidedContext {
    stores: Stores
  }
}

/** The stores that the run's global setup started. */
export const stores = (): Stores => inject('stores')
