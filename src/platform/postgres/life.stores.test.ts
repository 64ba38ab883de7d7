import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { freshDatabases } from '../../../tests/testkit/databases.ts'
import { startProxy } from '../../../tests/testkit/proxy.ts'
import { settled, until } from '../../../tests/testkit/waiters.ts'
import { createLogger } from '../logger.ts'
import { createPostgres } from './postgres.ts'
import type { Scope } from './scope.ts'

/** Long enough to connect on a machine that is busy with other tests. */
const SILENCE_MS = 1_500
const scope: Scope = { setting: 'app.operator', value: 'on' }
const log = createLogger({ level: 'silent', format: 'json' })
let databases: Awaited<ReturnType<typeof freshDatabases>>
beforeAll(async () => {
  databases = await freshDatabases(log)
})
afterAll(() => databases.clickHouse.close())

const open = async (silenceMs = SILENCE_MS) => {
  const line = await startProxy(databases.postgresUrl)
  onTestFinished(() => line.close())
  return { line, postgres: createPostgres({ url: line.url, log, silenceMs }) }
}
const sleep = { text: 'SELECT pg_sleep($1)', values: [1] }

test('a query is left alone however long it says nothing, while Postgres works on it', async () => {
  // Twice its silence, after which a dead one would be dropped.
  const { postgres } = await open()
  expect(await postgres.query(scope, { text: 'SELECT pg_sleep(3.5)' })).toHaveLength(1)
  await postgres.close()
})

test('one dead connection takes the idle ones with it: the next query finds a new one', async () => {
  const { line, postgres } = await open()
  await Promise.all(Array.from({ length: 5 }, () => postgres.query(scope, sleep)))
  line.fault({ kind: 'swallow', way: 'both', newOnes: false })
  await expect(postgres.version()).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  await until(() => line.dead() === 0)
  expect(await postgres.version()).toMatch(/^\d/)
  await postgres.close()
})

test('a pool whose connections are dead can be closed, and holds none of them', async () => {
  const { line, postgres } = await open()
  await Promise.all([postgres.version(), postgres.version(), postgres.version()])
  const asking = expect(postgres.query(scope, sleep)).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  await postgres.version() // so the other one is on its way
  line.fault({ kind: 'swallow', way: 'both' })
  await settled(postgres.close(), 5_000, 'the close of the pool')
  await asking
  await until(() => line.dead() === 0)
})
