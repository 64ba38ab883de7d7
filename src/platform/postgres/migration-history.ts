import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'pg'
import { connected } from './connect.ts'
import { locks } from './locks.ts'
import { takeMigrationLock, type LockWait } from './migration-lock.ts'

const HISTORY = `
  SELECT migration_name AS name, checksum FROM _prisma_migrations
   WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`
const IS_UNFINISHED = 'finished_at IS NULL AND rolled_back_at IS NULL'
const UNFINISHED = `SELECT FROM _prisma_migrations WHERE ${IS_UNFINISHED}`
const ROLL_BACK = `UPDATE _prisma_migrations SET rolled_back_at = now() WHERE ${IS_UNFINISHED}`

const hasHistory = async (client: Client): Promise<boolean> =>
  (await client.query(`SELECT FROM pg_class WHERE oid = to_regclass('_prisma_migrations')`)).rowCount === 1

/** Name and checksum of each migration in a folder, as the history table has them. */
const onDisk = async (folder: string): Promise<Map<string, string>> => {
  const entries = await readdir(folder, { withFileTypes: true })
  const read = entries
    .filter((entry) => entry.isDirectory())
    .map(async ({ name }) => {
      const text = await readFile(join(folder, name, 'migration.sql'))
      return [name, createHash('sha256').update(text).digest('hex')] as const
    })
  return new Map(await Promise.all(read))
}

/**
 * Whether the database's history is exactly the migrations of a folder, all of them finished and none edited
 * since. Every start and most commands ask this, and nearly always it is so: the engine that decides the rest
 * takes half a second to load.
 */
export const isUpToDate = (ownerUrl: string, folder: string): Promise<boolean> =>
  connected(ownerUrl, 'DATABASE_OWNER_URL', async (client) => {
    if (!(await hasHistory(client)) || (await client.query(UNFINISHED)).rowCount) return false
    const { rows } = await client.query<{ name: string; checksum: string }>(HISTORY)
    const wanted = await onDisk(folder)
    return rows.length === wanted.size && rows.every(({ name, checksum }) => wanted.get(name) === checksum)
  })

/**
 * Marks what was begun and not finished as rolled back, which it was: a script ends in one transaction with its
 * mark (`schema-engine.ts`). Then it can be applied again. Call it while `migrate` is held.
 */
export const rollBackUnfinished = (ownerUrl: string, wait: LockWait): Promise<void> =>
  connected(ownerUrl, 'DATABASE_OWNER_URL', async (client) => {
    if (!(await hasHistory(client))) return
    // A script goes on without a program that was killed, to its end.
    await takeMigrationLock(client, locks.engine, wait)
    await client.query(ROLL_BACK)
  })
