import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'
import { storeSamples } from '../../../tests/testkit/viewer-samples.ts'
import { trustTenantId, uuidv7 } from '../../platform/ids.ts'
import { createClusterViewerQueries } from './cluster-viewers.queries.ts'

let store: TestStore
beforeAll(async () => void (store = await openSharedStore()))
afterAll(() => store.close())

test('each cluster has what its own nodes carry, also between clusters without a node, and nothing of another tenant', async () => {
  const now = Date.now()
  const { viewersOnClusters } = createClusterViewerQueries({
    clickHouse: store.clickHouse,
    clock: { now: () => now },
  })
  const [tenant, other] = [trustTenantId(uuidv7()), trustTenantId(uuidv7())]
  const on = (node: string, stream: string, viewers: number, more: object = {}) => ({
    tenant,
    time: now - 1_000,
    node,
    stream,
    viewers,
    ...more,
  })
  await storeSamples(store.clickHouse, [
    on('a-1', 'x', 3),
    on('a-1', 'x', 4, { country: 'FR' }),
    on('a-2', 'x', 1),
    on('a-2', 'to nobody', 0),
    on('b-1', 'y', 5),
    on('b-1', 'z', 6),
    on('c-1', 'x', 9, { time: now - 60_000 }), // too old
    on('elsewhere', 'x', 100),
    on('c-1', 'theirs', 7, { tenant: other }),
  ])
  const nodes = { none: [], a: ['a-1', 'a-2'], nobody: [], nor: [], b: ['b-1'], c: ['c-1'], last: [] }
  const nothing = { viewers: 0, streams: 0 }
  expect(Object.fromEntries(await viewersOnClusters(tenant, new Map(Object.entries(nodes))))).toEqual({
    none: nothing,
    a: { viewers: 8, streams: 1 },
    nobody: nothing,
    nor: nothing,
    b: { viewers: 11, streams: 2 },
    c: nothing,
    last: nothing,
  })
  expect(await viewersOnClusters(tenant, new Map([['none', []]]))).toEqual(new Map([['none', nothing]]))
})
