import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from '../../../tests/testkit/app.ts'
import { statementsDuring } from '../../../tests/testkit/statements.ts'
import { eventually } from '../../../tests/testkit/waiters.ts'
import { programActor } from '../../auth/actor.ts'
import { trustedPermit } from '../../auth/permit.ts'

let program: TestApp
let owner: Client
beforeAll(async () => {
  program = await startApp()
  owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
})
afterAll(async () => {
  await owner.end()
  await program.stop()
})

const BEATS = 60

test('a heartbeat that changes nothing is three statements on one row, and writes to no index', async () => {
  const { tenant } = await program.seed.tenant()
  const { clusters, services, serviceInstances } = program.app.modules
  const actor = programActor('test')
  const writer = trustedPermit<'infrastructure:write'>(tenant, actor)
  await clusters.service.create(writer, { slug: 'c' })
  await services.service.create(writer, { slug: 's', plane: 'DATA' })
  const permit = trustedPermit<'serviceInstance:write'>(tenant, actor)
  const told = { slug: 'i', status: 'RUNNING', health: 'HEALTHY' } as const
  await serviceInstances.service.register(permit, { ...told, service: 's', cluster: 'c' })
  const beat = (n: number) => serviceInstances.service.report(permit, { ...told, cpuPercent: n % 100 })
  const statements = await statementsDuring(() => beat(0))
  const own = statements.filter(({ text }) => text.includes('service_instances'))
  expect(own.map(({ text }) => text.trim().split(' ')[0])).toEqual(['SELECT', 'SELECT', 'UPDATE'])
  expect(statements.filter(({ text }) => /^\s*INSERT/.test(text))).toEqual([])
  for (let n = 1; n < BEATS; n += 1) await beat(n)
  // Connections tell their counts once they are idle for a while.
  await eventually(async () => {
    const { rows } = await owner.query<{ all: number; hot: number }>(
      `SELECT n_tup_upd::int AS "all", n_tup_hot_upd::int AS hot FROM pg_stat_user_tables
        WHERE relname = 'service_instances'`,
    )
    expect(rows[0]!.all).toBe(BEATS)
    // A page that is full sends a row to another one now and then; a column of an index that moved would do so each time.
    expect(rows[0]!.hot).toBeGreaterThan(0.9 * BEATS)
  }, 20_000)
})
