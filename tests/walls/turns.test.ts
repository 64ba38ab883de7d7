import { afterAll, beforeAll, expect, test } from 'vitest'
import { nothing, openScopes, type Scopes } from './scopes.ts'

/** A part of them for a run of the tests; HELIOGRAPH_TURNS=10000 for all that was promised. */
const TURNS = Number(process.env.HELIOGRAPH_TURNS ?? 3_000)

let scopes: Scopes
beforeAll(async () => {
  scopes = await openScopes()
})
afterAll(() => scopes.close())

/** The same numbers in each run (mulberry32), so that a turn that fails fails again. */
const numbers = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

test(`over ${TURNS} turns of two tenants on one connection, in turns and at random, with errors, time-outs and lost connections between, no row is seen by the other`, async () => {
  const { homes, good, bad, rare, left, owner } = scopes
  const random = numbers(7)
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!
  const met = new Map<string, number>()
  for (let turn = 0; turn < TURNS; turn += 1) {
    const home = turn % 1_000 < 500 ? homes[turn % 2]! : pick(homes)
    const kind = random(100)
    if (kind < 2) {
      // Several at once wait in one queue for the one connection.
      const burst = Array.from({ length: 8 }, () => [pick(homes), pick([...good, ...bad])] as const)
      await Promise.all(burst.map(([whose, [, ask]]) => ask(whose)))
      met.set('several at once', (met.get('several at once') ?? 0) + 1)
      continue
    }
    const [way, ask] = kind < 3 ? pick(rare) : kind < 28 ? pick(bad) : pick(good)
    met.set(way, (met.get(way) ?? 0) + 1)
    await ask(home)
    if (kind < 28 || turn % 10 === 0) expect([turn, way, await left()]).toEqual([turn, way, nothing])
  }
  const { rows } = await owner.query(
    `SELECT tenant_id, count(*)::int AS streams FROM streams WHERE title <> 'lost' GROUP BY 1 ORDER BY 1`,
  )
  expect(rows).toEqual(homes.map(({ tenant }) => ({ tenant_id: tenant, streams: 20 })))
  for (const [way] of [...good, ...bad, ...rare]) expect([way, met.get(way)]).not.toEqual([way, undefined])
  expect(Math.min(...met.values())).toBeGreaterThan(TURNS / 1_000)
}, 300_000)
