import type { Config } from '../config.ts'
import { assertClickHouse } from '../platform/clickhouse/connect.ts'
import { assertReachable } from '../platform/postgres/connect.ts'
import { assertRedis } from '../platform/redis/connect.ts'

/**
 * Throws AppError, with the setting and what was tried, unless each store that is given by URL lets us in:
 * before anything is made. The role of DATABASE_URL may be missing where an owner is given, who makes it.
 */
export const assertGiven = async (config: Config): Promise<void> => {
  const { DATABASE_URL, DATABASE_OWNER_URL, CLICKHOUSE_URL, REDIS_URL } = config
  if (DATABASE_URL && DATABASE_OWNER_URL) await assertReachable(DATABASE_OWNER_URL, 'DATABASE_OWNER_URL')
  else if (DATABASE_URL) await assertReachable(DATABASE_URL, 'DATABASE_URL')
  if (CLICKHOUSE_URL && !CLICKHOUSE_URL.startsWith('chdb:')) await assertClickHouse(CLICKHOUSE_URL)
  if (REDIS_URL) await assertRedis(REDIS_URL)
}
