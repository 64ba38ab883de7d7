import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeGlobalID, encodeGlobalID } from '../../src/graphql/global-id.ts'
import { uuidv7, type TenantId } from '../../src/platform/ids.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { mutate, type Payload } from '../testkit/mutate.ts'
import { routed } from '../testkit/routing.ts'

let program: TestApp
beforeAll(async () => void (program = await sharedApp()))
afterAll(() => program.stop())

const HOUR_MS = 3_600_000
const span = (endsIn: number) => ({
  startsAt: new Date(Date.now() - 2 * HOUR_MS),
  endsAt: new Date(Date.now() + endsIn),
  comment: 'c',
  createdBy: 'a test',
})
const open = async () => {
  const { tenant, key } = await program.seed.tenant()
  const client = createTestClient(program.url, key)
  const run = (name: string, input: object): Promise<Payload> => mutate(client, name, input)
  return { tenant, run, db: program.app.postgres.forTenant(tenant) }
}
const many = <T>(tenant: TenantId, count: number, more: T) =>
  Array.from({ length: count }, () => ({ ...more, id: uuidv7(), tenantId: tenant }))
const codes = (made: readonly Payload[]) => made.map(({ code = 'made' }) => code).toSorted()

test('a tenant has 500 silences that are not over, also where many are made at once', async () => {
  const { tenant, run, db } = await open()
  await db.silence.createMany({ data: many(tenant, 498, { ...span(HOUR_MS), matchers: [] }) })
  await db.silence.createMany({ data: many(tenant, 10, { ...span(-HOUR_MS), matchers: [] }) })
  const silence = () =>
    run('createSilence', { matchers: [{ name: 'host', eq: 'a' }], for: 'PT1H', comment: 'c' })
  const made = await Promise.all([silence(), silence(), silence(), silence()])
  expect(codes(made)).toEqual(['LIMIT_EXCEEDED', 'LIMIT_EXCEEDED', 'made', 'made'])
  expect(made.find(({ code }) => code)?.message).toContain('Expire one')
  const { silence: one } = made.find(({ code }) => code === undefined) as never as { silence: { id: string } }
  await run('expireSilence', { id: one.id })
  expect(codes([await silence()])).toEqual(['made'])
})

test('a tenant has 500 maintenance windows that are not over, and one that is over does not come back beside them', async () => {
  const { tenant, run, db } = await open()
  const { cluster } = (await run('createCluster', { slug: 'c' })) as never as { cluster: { id: string } }
  const nodeId = await routed(program, tenant).node(cluster.id, 'edge-1')
  const of = { nodeId: decodeGlobalID(nodeId).id }
  await db.maintenanceWindow.createMany({ data: many(tenant, 499, { ...span(HOUR_MS), ...of }) })
  const [over] = many(tenant, 1, { ...span(-HOUR_MS), ...of })
  await db.maintenanceWindow.create({ data: over! })
  const window = () => run('createMaintenanceWindow', { nodeId, for: 'PT1H' })
  const made = await Promise.all([window(), window(), window()])
  expect(codes(made)).toEqual(['LIMIT_EXCEEDED', 'LIMIT_EXCEEDED', 'made'])
  const again = (more: object) =>
    run('updateMaintenanceWindow', { id: encodeGlobalID('MaintenanceWindow', over!.id), ...more })
  const endsAt = new Date(Date.now() + HOUR_MS).toISOString()
  expect(codes([await again({ endsAt })])).toEqual(['LIMIT_EXCEEDED'])
  expect(codes([await again({ comment: 'said later' })])).toEqual(['made'])
})
