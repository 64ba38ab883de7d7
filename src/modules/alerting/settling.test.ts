import { expect, test } from 'vitest'
import { createLogger } from '../../platform/logger.ts'
import { trustTenantId, type TenantId } from '../../platform/ids.ts'
import { createSettling } from './settling.ts'

const log = createLogger({ level: 'silent', format: 'json' })
const tenants = Array.from({ length: 5 }, (_, n) => trustTenantId(`00000000-0000-4000-8000-00000000000${n}`))

/** One tick, and who had a turn in it. */
const ticked = async (settling: ReturnType<typeof createSettling>, turns: TenantId[], startedMs: number) => {
  turns.length = 0
  const tick = settling.begin(startedMs)
  for (const tenant of settling.tenants()) tick.add(tenant)
  await tick.end()
  return turns.map((tenant) => tenants.indexOf(tenant))
}

test('tenants whose incidents are held lose their place, so that others have a turn', async () => {
  const turns: TenantId[] = []
  const act = async (tenant: TenantId): Promise<boolean> => {
    turns.push(tenant)
    if (tenants.indexOf(tenant) < 3) throw new Error('held')
    return false
  }
  const settling = createSettling({ act, log, settleMs: 0 })
  for (const tenant of tenants) settling.owe(tenant)
  expect(await ticked(settling, turns, performance.now())).toEqual([0, 1, 2])
  expect(await ticked(settling, turns, performance.now())).toEqual([3, 4, 0])
  expect(settling.tenants().map((tenant) => tenants.indexOf(tenant))).toEqual([1, 2, 0])
})

test('a tick that is late goes on with none, and who waited longest has a turn still', async () => {
  const turns: TenantId[] = []
  const act = async (tenant: TenantId): Promise<boolean> => turns.push(tenant) < 1_000
  const settling = createSettling({ act, log })
  for (const tenant of tenants) settling.owe(tenant)
  expect(await ticked(settling, turns, performance.now() - 5_000)).toEqual([0, 1, 2])
  expect(await ticked(settling, turns, performance.now() - 5_000)).toEqual([3, 4, 0])
})

test('who waited longest has a turn in a tick that is late, also when its states are written last', async () => {
  const turns: TenantId[] = []
  const held = Promise.withResolvers<boolean>()
  const act = async (tenant: TenantId): Promise<boolean> => {
    turns.push(tenant)
    return tenant === tenants[4] ? false : held.promise
  }
  const settling = createSettling({ act, log, settleMs: 0 })
  const [others, last] = [tenants.slice(0, 4), tenants[4]!]
  for (const tenant of [last, ...others]) settling.owe(tenant)
  const tick = settling.begin(performance.now())
  for (const tenant of others) tick.add(tenant)
  tick.add(last)
  const ended = tick.end()
  held.resolve(false)
  await ended
  expect(turns.map((tenant) => tenants.indexOf(tenant))).toEqual([0, 1, 2, 4])
})
