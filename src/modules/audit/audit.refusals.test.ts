import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { actingAs, programActor } from '../../auth/actor.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import { createRefusals, type RefusedEntry } from './audit.refusals.ts'

const nobody: RefusedEntry = {
  actor: { ...programActor('nobody'), kind: 'anonymous' },
  action: 'signIn',
  outcome: 'FAILED',
  code: 'UNAUTHENTICATED',
}
const ada: RefusedEntry = { ...nobody, actor: actingAs(nobody.actor, { id: uuidv7(), name: 'Ada' }) }
const chain = (): TenantId => trustTenantId(uuidv7())

/** Rows of `stuck` wait at a gate. */
const open = (stuck: readonly TenantId[]) => {
  const gate = Promise.withResolvers<void>()
  const written: { chain: TenantId; name: string; after: unknown }[] = []
  const refusals = createRefusals(async (of, { actor, after }) => {
    if (stuck.includes(of)) await gate.promise
    written.push({ chain: of, name: actor.name, after })
  })
  return { refusals, gate, written, chains: () => written.map(({ chain: of }) => of) }
}

test('rows of one chain do not wait for those of another, and keep their order', async () => {
  const [stuck, other, third] = [chain(), chain(), chain()]
  const { refusals, gate, chains } = open([stuck])
  refusals.addLater(stuck, nobody)
  refusals.addLater(stuck, nobody)
  for (const each of [other, third, other]) refusals.addLater(each, nobody)
  await turn()
  expect(chains()).toEqual([other, third, other])
  gate.resolve()
  expect(await refusals.drained(30_000)).toBe(0)
  expect(chains()).toEqual([other, third, other, stuck, stuck])
})

test('a few chains are written into at once, and none is left out', async () => {
  const stuck = [chain(), chain(), chain(), chain(), chain()]
  const { refusals, gate, chains } = open(stuck)
  for (const each of [...stuck, ...stuck]) refusals.addLater(each, nobody)
  gate.resolve()
  expect(await refusals.drained(30_000)).toBe(0)
  expect(chains()).toEqual([...stuck, ...stuck])
})

test('beyond a thousand that wait in a chain they are counted: of who has rows by their name, else by nobody in particular', async () => {
  const [stuck, other] = [chain(), chain()]
  const { refusals, gate, written, chains } = open([stuck])
  const first = refusals.add(stuck, ada)
  for (let n = 0; n < 1_001 + 7; n++) refusals.addLater(stuck, nobody)
  for (let n = 0; n < 5; n++) refusals.addLater(stuck, ada)
  refusals.addLater(other, nobody)
  gate.resolve()
  await first
  expect(await refusals.drained(30_000)).toBe(0)
  expect(chains().filter((of) => of === other)).toHaveLength(1)
  expect(written.filter(({ after }) => after !== undefined)).toEqual([
    { chain: stuck, name: 'Ada', after: { more: 5 } },
    { chain: stuck, name: 'audit', after: { more: 7 } },
  ])
  expect(written.filter(({ name, chain: of }) => of === stuck && name === 'nobody')).toHaveLength(1_001)
})

test('what is not written in time is given up, and told by its number', async () => {
  const stuck = chain()
  const { refusals, gate, chains } = open([stuck])
  for (const _ of [1, 2, 3]) refusals.addLater(stuck, nobody)
  expect(await refusals.drained(1)).toBe(3)
  gate.resolve()
  await turn()
  expect(chains()).toEqual([stuck])
})
