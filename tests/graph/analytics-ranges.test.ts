import { getNamedType, isObjectType } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FieldCost } from '../../src/graphql/limits/cost.ts'
import { schema } from '../../src/graphql/schema.ts'
import { domains } from '../domains/index.ts'
import type { TimeRangeInput } from '../graphql/graphql.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { type TestClient } from '../testkit/client.ts'
import { argumentsOf, type Literals } from '../walls/everything.ts'
import { measured, StreamSeries } from './analytics.testkit.ts'

let program: TestApp
let client: TestClient
beforeAll(async () => {
  program = await sharedApp()
  ;({ client } = await measured(program))
})
afterAll(() => program.stop())

/** Every field with a range, as a question for a day that no table keeps. */
const ofLongAgo = (): [string, string][] => {
  const [from, to] = [400, 399].map((days) => new Date(Date.now() - days * 86_400_000).toISOString())
  const literals: Literals = Object.assign(
    {},
    ...domains.map((domain) => domain.literals?.({ word: 'x', streams: ['one'], id: () => '""' })),
  )
  const places: Record<string, (field: string) => string> = {
    Query: (field) => field,
    Analytics: (field) => `analytics { ${field} }`,
    Stream: (field) => `streamByInternalName(internalName: "one") { ${field} }`,
    Cluster: (field) => `clusters { nodes { ${field} } }`,
    AlertRule: (field) => `alertRules { nodes { ${field} } }`,
    EdgeNode: (field) => `edgeNodes(filter: { slug: { eq: "n1" } }) { nodes { ${field} } }`,
  }
  const objects = Object.values(schema.getTypeMap()).filter(isObjectType)
  return objects.flatMap((type) =>
    Object.values(type.getFields())
      .filter(({ args }) => args.some((arg) => getNamedType(arg.type).name === 'TimeRangeInput'))
      // What Postgres counts is kept.
      .filter(({ extensions }) => !(extensions.cost as FieldCost | undefined)?.counts)
      .map((field): [string, string] => {
        const place = `${type.name}.${field.name}`
        const more = { [`${place}.range`]: `{ from: "${from}", to: "${to}" }` }
        const args = argumentsOf(type.name, field, { ...literals, ...more, [`${place}.step`]: '"PT1H"' })
        return [place, `{ ${places[type.name]!(`${field.name}${args} { __typename }`)} }`]
      }),
  )
}
test.each(ofLongAgo())(
  '%s of a range that is not kept any more is refused, and says since when there is something',
  async (_place, query) => {
    const { errors } = await client.request(query)
    expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }])
    expect(errors![0]!.message).toMatch(/there is data since \d\S+Z/i)
  },
)

const at = (iso: string): string => new Date(iso).toISOString()
const refusals: [string, { range?: TimeRangeInput; step?: string; timezone?: string }, string, RegExp][] = [
  [
    'an end before its start',
    { range: { from: at('2026-11-02'), to: at('2026-11-01') } },
    'VALIDATION_FAILED',
    /ends before/,
  ],
  [
    'an end at its start',
    { range: { from: at('2026-11-02'), to: at('2026-11-02') } },
    'VALIDATION_FAILED',
    /ends before/,
  ],
  ['a start in the future', { range: { from: at('2100-01-01') } }, 'VALIDATION_FAILED', /future/],
  ['two starts', { range: { from: at('2026-11-01'), last: 'P1D' } }, 'VALIDATION_FAILED', /not both/],
  ['more than 90 days', { range: { last: 'P91D' } }, 'LIMIT_EXCEEDED', /90 days/],
  ['too many points', { range: { last: 'P1D' }, step: 'PT1S' }, 'LIMIT_EXCEEDED', /step of PT30S or more/],
  ['a step that divides no day', { step: 'PT7S' }, 'VALIDATION_FAILED', /divides a day/],
  ['a time zone that there is not', { timezone: 'Mars/Base' }, 'VALIDATION_FAILED', /no time zone/],
  ['a shift of years', { range: { last: 'P1D', shift: 'P2000D' } }, 'VALIDATION_FAILED', /three years/],
]
test.each(refusals)('a series with %s is refused and told why', async (_why, more, code, advice) => {
  const { data, errors } = await client.request(StreamSeries, { name: 'one', ...more })
  expect(errors).toMatchObject([{ path: ['streamByInternalName', 'viewers'], extensions: { code } }])
  expect(errors![0]!.message).toMatch(advice)
  expect(data).toEqual({ streamByInternalName: { viewers: null } })
})

test('days of a zone begin at its midnight, and the series says in which zone', async () => {
  const range = { from: at('2026-10-01T12:00:00Z'), to: at('2026-10-01T12:00:01Z') }
  const zone = { range, step: 'P1D', timezone: 'Asia/Kolkata' }
  const { streamByInternalName: stream } = await client.ask(StreamSeries, { name: 'one', ...zone })
  expect(stream!.viewers).toMatchObject({
    timezone: 'Asia/Kolkata',
    from: at('2026-09-30T18:30:00Z'),
    to: at('2026-10-01T18:30:00Z'),
  })
})
