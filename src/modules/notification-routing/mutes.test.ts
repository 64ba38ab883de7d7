import { expect, test } from 'vitest'
import { holds } from './matcher.ts'
import { mutesOf, type MutedBy } from './mutes.ts'
import type { RoutedIncident } from './routing.ts'
import { inTurns } from '../../platform/turns.ts'

const incident = (number: number): RoutedIncident => ({
  id: `incident-${number}`,
  number,
  title: 'Disk full',
  description: '',
  severity: 'HIGH',
  status: 'OPEN',
  source: 'manual',
  labels: { host: `host-${number}` },
  acknowledgedBy: null,
  firstSeenAt: new Date(0),
  resolvedAt: null,
  occurrences: 1,
  value: null,
  threshold: null,
  mergedIntoId: null,
  rule: null,
})
const incidents = Array.from({ length: 2_000 }, (_, number) => incident(number))
const none: MutedBy = { silences: [], inhibitions: [], maintained: [], firing: [] }
const ofHosts = (name: string) => [{ name: 'host', contains: name }]

test.each<[string, Partial<MutedBy>]>([
  [
    'silences',
    { silences: incidents.slice(0, 500).map(({ id }) => ({ id, matchers: ofHosts('of nobody') })) },
  ],
  [
    'inhibitions',
    {
      firing: incidents,
      inhibitions: incidents
        .slice(0, 100)
        .map(({ id }) => ({ id, source: ofHosts('host'), target: ofHosts('of nobody'), equal: ['host'] })),
    },
  ],
])(
  'others have their turn while as many %s as there may be are held against 2,000 incidents',
  async (_what, given) => {
    let turns = 0
    let isOver = false
    const spin = (): void => {
      turns += 1
      if (!isOver) setImmediate(spin)
    }
    setImmediate(spin)
    const found = await inTurns(mutesOf(incidents, { ...none, ...given }, (mutes) => mutes.length))
    isOver = true
    expect(found.size).toBe(2_000)
    expect(new Set(found.values())).toEqual(new Set([0]))
    expect(turns).toBeGreaterThan(1)
  },
)

test('what matchers ask is read once, however many incidents they are held against', () => {
  let reads = 0
  const matchers = [
    {
      name: 'host',
      get eq() {
        return ((reads += 1), 'a')
      },
    },
  ]
  const once = holds(matchers, { host: 'a' }) ? reads : 0
  expect(once).toBeGreaterThan(0)
  for (let n = 0; n < 10; n += 1) holds(matchers, { host: 'b' })
  expect(reads).toBe(once)
})
