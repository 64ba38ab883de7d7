import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'
import { AppError, storeUnavailable } from '../errors.ts'
import { ownClient } from './client.ts'
import { locks } from './locks.ts'

export type LockWait = {
  /** One short line for a person who waits: who has the lock. */
  readonly onProgress?: ((text: string) => void) | undefined
  /** Gives up after so long; 15 min, since one statement of a migration of ClickHouse may take 10. */
  readonly waitMs?: number
}

const WAIT_MS = 900_000
const ASK_AGAIN_MS = 200
/** Commands take the lock for a moment each: that they wait for one another is nothing to tell. */
const QUIET_MS = 2_000

/** pg_locks has the two halves of the number. Of another role's session Postgres hides all but the process. */
const HOLDER = `
  SELECT a.pid, host(a.client_addr) AS host, a.backend_start AS since
    FROM pg_locks l JOIN pg_stat_activity a USING (pid)
   WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
     AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
     AND (l.classid::bigint << 32) | l.objid::bigint = $1`

type Holder = { pid: number; host: string | null; since: Date | null }

const holderOf = async (client: Client, lock: number): Promise<string> => {
  const { rows } = await client.query<Holder>(HOLDER, [lock])
  const [holder] = rows
  if (!holder) return 'a program that has just let it go'
  const { pid, host, since } = holder
  if (since === null) return `a program of another role (process ${pid} of Postgres)`
  const where = host ?? 'the machine of Postgres'
  return `a program on ${where} (process ${pid} of Postgres, since ${since.toISOString()})`
}

/** Takes a lock of the session that migrations hold, and tells who has it meanwhile. Throws CONFLICT with advice. */
export const takeMigrationLock = async (
  client: Client,
  lock: number,
  { onProgress, waitMs = WAIT_MS }: LockWait,
): Promise<void> => {
  const begun = performance.now()
  let told = false
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [
      lock,
    ])
    if (rows[0]?.taken) return
    const waitedMs = performance.now() - begun
    const late = waitedMs >= waitMs
    if ((!told && waitedMs >= QUIET_MS) || late) {
      const holder = await holderOf(client, lock)
      if (late)
        throw new AppError(
          'CONFLICT',
          `The databases are still being migrated by ${holder}. Wait for it and start again; if it hangs, end it with "SELECT pg_terminate_backend(<process>)".`,
        )
      onProgress?.(`Waiting until the databases are migrated by ${holder}`)
      told = true
    }
    await pause(ASK_AGAIN_MS)
  }
}

/**
 * Runs `work` while this process alone holds the migration lock. Once it is lost it rejects with STORE_UNAVAILABLE, and
 * the signal says that another may have it.
 */
export const withMigrationLock = async <T>(
  ownerUrl: string,
  work: (lost: AbortSignal) => Promise<T>,
  wait: LockWait = {},
): Promise<T> => {
  const client = ownClient({ connectionString: ownerUrl })
  const lost = new AbortController()
  const told = Promise.withResolvers<never>()
  told.promise.catch(() => undefined) // it may be lost when nobody waits any more
  client.on('error', (error) => {
    const away = storeUnavailable('Postgres', error)
    lost.abort(away)
    told.reject(away)
  })
  await client.connect()
  try {
    await takeMigrationLock(client, locks.migrate, wait)
    return await Promise.race([work(lost.signal), told.promise])
  } finally {
    await client.end() // ends the session and with it the lock
  }
}
