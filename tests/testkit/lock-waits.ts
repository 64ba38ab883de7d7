import type { Client } from 'pg'

/**
 * How many sessions of this client's database wait for a lock. The run's other databases are on the same server: who waits
 * for a row there has no database in `pg_locks`, and copies of one template have the same ids of tables.
 */
export const lockWaits = async (client: Client): Promise<number> => {
  const { rowCount } = await client.query(
    'SELECT FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE datname = current_database() AND NOT granted',
  )
  return rowCount ?? 0
}
