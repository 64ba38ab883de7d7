import type { Client } from 'pg'
import { locks } from '../../src/platform/postgres/locks.ts'

/** Ends the session that holds the migration lock of this client's database. */
export const endMigrationLock = async (client: Client): Promise<void> =>
  void (await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks
      WHERE locktype = 'advisory' AND objid = ($1::bigint & 4294967295)::oid
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [locks.migrate],
  ))
