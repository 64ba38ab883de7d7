import { setImmediate as turn } from 'node:timers/promises'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { freshDatabases } from '../../../tests/testkit/databases.ts'
import { endMigrationLock } from '../../../tests/testkit/migration-lock.ts'
import { eventually } from '../../../tests/testkit/waiters.ts'
import { createLogger } from '../logger.ts'
import { locks } from './locks.ts'
import { withMigrationLock } from './migration-lock.ts'

const open = async () => {
  const databases = await freshDatabases(createLogger({ level: 'silent', format: 'json' }))
  const other = new Client({ connectionString: databases.ownerUrl })
  await other.connect()
  onTestFinished(async () => {
    await other.end()
    await databases.clickHouse.close()
  })
  return { ownerUrl: databases.ownerUrl, programUrl: databases.postgresUrl, other }
}

test('a start that waits for the migration of another says who has it, once, and goes on after it', async () => {
  const { ownerUrl, other } = await open()
  const { rows } = await other.query<{ pid: number }>(
    'SELECT pg_backend_pid() AS pid, pg_advisory_lock($1)',
    [locks.migrate],
  )
  const said: string[] = []
  const waiting = withMigrationLock(ownerUrl, async () => 'migrated', {
    onProgress: (text) => said.push(text),
  })
  await eventually(() => expect(said).toHaveLength(1))
  expect(said[0]).toMatch(
    new RegExp(
      `^Waiting until the databases are migrated by a program on 127.0.0.1 \\(process ${rows[0]!.pid} of Postgres, since 20`,
    ),
  )
  await other.query('SELECT pg_advisory_unlock($1)', [locks.migrate])
  expect(await waiting).toBe('migrated')
  expect(said).toHaveLength(1)
})

test('a lock that is never let go ends the wait, with advice', async () => {
  const { ownerUrl, other } = await open()
  await other.query('SELECT pg_advisory_lock($1)', [locks.migrate])
  await expect(withMigrationLock(ownerUrl, async () => 'migrated', { waitMs: 0 })).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringMatching(/still being migrated by a program on .* pg_terminate_backend/),
  })
})

test('a holder of another role, of whom Postgres hides the rest, is told by its process', async () => {
  const { programUrl, other } = await open()
  const { rows } = await other.query<{ pid: number }>(
    'SELECT pg_backend_pid() AS pid, pg_advisory_lock($1)',
    [locks.migrate],
  )
  await expect(withMigrationLock(programUrl, async () => 'migrated', { waitMs: 0 })).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining(`by a program of another role (process ${rows[0]!.pid} of Postgres).`),
  })
})

test('who loses the lock is told at once, as a store that is away', async () => {
  const { ownerUrl, other } = await open()
  const never = Promise.withResolvers<never>()
  const begun = Promise.withResolvers<AbortSignal>()
  const work = withMigrationLock(ownerUrl, (lost) => {
    begun.resolve(lost)
    return never.promise
  })
  const outcome = expect(work).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  const lost = await begun.promise
  expect(lost.aborted).toBe(false)
  await turn()
  await endMigrationLock(other)
  await outcome
  expect(lost.aborted).toBe(true)
})
