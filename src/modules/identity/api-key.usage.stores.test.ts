import { expect, test } from 'vitest'
import { freshDatabases } from '../../../tests/testkit/databases.ts'
import { keysOn } from '../../../tests/testkit/keys.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import type { TenantId } from '../../platform/ids.ts'
import { createLogger } from '../../platform/logger.ts'
import { createPostgres } from '../../platform/postgres/postgres.ts'
import { operator } from '../../auth/actor.ts'
import { trustedPermit } from '../../auth/permit.ts'
import type { ApiKeyViewer } from '../../auth/viewer.ts'
import { tenantsOn } from '../../../tests/testkit/tenants.ts'
import { createKeyUsage } from './api-key.usage.ts'

const log = createLogger({ level: 'silent', format: 'json' })

test('ten thousand uses are one write a tenant; what could not be written is written later, and nothing when nothing was used', async () => {
  const { postgresUrl } = await freshDatabases(log)
  const postgres = createPostgres({ url: postgresUrl, log })
  const keys = keysOn(postgres)
  const viewerOf = async (tenant: TenantId): Promise<ApiKeyViewer> => {
    const permit = trustedPermit<'apiKey:write'>(tenant, operator)
    const { id } = await keys.issue(permit, { name: 'Test', mode: 'test', scopes: ['read'] })
    return { kind: 'apiKey', id, name: 'Test', tenant, scopes: new Set() }
  }
  const [one, other] = await Promise.all(
    [1, 2].map((number) => tenantsOn(postgres).create({ slug: `t-${number}`, name: 'T' })),
  )
  const viewers = [await viewerOf(one!), await viewerOf(one!), await viewerOf(other!)]
  let writes = 0
  let away = false
  let nowMs = Date.parse('2026-11-20T12:00:00Z')
  const usage = createKeyUsage({
    apiKeys: {
      addUsage: (...what) => {
        writes += 1
        return away ? Promise.reject(new Error('away')) : keys.addUsage(...what)
      },
    },
    clock: { now: () => nowMs },
    log,
    flushMs: 3_600_000,
  })
  const stored = () =>
    Promise.all(
      viewers.map(async ({ tenant, id }) => {
        const key = await rowsOf(postgres, 'apiKey').find(tenant, { id })
        return [Number(key!.usageCount), key!.lastUsedAt?.getTime()]
      }),
    )
  try {
    for (let time = 0; time < 10_000; time += 1) {
      nowMs += 1
      usage.note(viewers[time % 4 === 3 ? 0 : time % 4]!)
    }
    usage.note({ kind: 'anonymous' })
    expect(writes).toBe(0)
    await usage.flush()
    expect(writes).toBe(2)
    const expected = [
      [5_000, nowMs],
      [2_500, nowMs - 2],
      [2_500, nowMs - 1],
    ]
    expect(await stored()).toEqual(expected)
    await usage.flush()
    expect(writes).toBe(2)

    away = true
    usage.note(viewers[1]!)
    await usage.flush()
    expect(await stored()).toEqual(expected)
    away = false
    usage.note(viewers[1]!)
    expect(writes).toBe(3)
    await usage.stop()
    expect(writes).toBe(4)
    expect((await stored())[1]).toEqual([2_502, nowMs])
  } finally {
    await usage.stop()
    await postgres.close()
  }
})
