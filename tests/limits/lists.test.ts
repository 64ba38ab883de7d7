import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isListType,
  isObjectType,
  isRequiredArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
} from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { actualCostOf, costOf, type FieldCost } from '../../src/graphql/limits/cost.ts'
import { schema } from '../../src/graphql/schema.ts'
import { domains } from '../domains/index.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { globalId } from '../testkit/seed.ts'
import { planned } from './price.ts'

type Field = GraphQLField<unknown, unknown>
type Place = { readonly type: GraphQLObjectType; readonly field: Field }

/** As many items as an answer can have of each list that is no connection. */
const longest: Readonly<Record<string, number>> = Object.assign(
  { 'Query.nodes': 100 },
  ...domains.map((domain) => domain.longest),
)
const isPage = ({ type, field: { name } }: Place): boolean =>
  type.name.endsWith('Connection') && (name === 'nodes' || name === 'edges')
const mostOf = (place: Place): number =>
  isPage(place) ? 100 : longest[`${place.type.name}.${place.field.name}`]!
const isList = ({ field }: Place): boolean =>
  isListType(getNullableType(field.type)) && isCompositeType(getNamedType(field.type))

/** The shortest way from the root to each field that answers with objects. */
const ways = (): Place[][] => {
  const found: Place[][] = []
  const queue: { type: GraphQLObjectType; way: Place[] }[] = [{ type: schema.getQueryType()!, way: [] }]
  const seen = new Set(queue.map(({ type }) => type))
  for (const { type, way } of queue)
    for (const field of Object.values(type.getFields()) as Field[]) {
      const inner = getNamedType(field.type)
      if (!isCompositeType(inner)) continue
      const next = [...way, { type, field }]
      found.push(next)
      for (const to of isAbstractType(inner) ? schema.getPossibleTypes(inner) : [inner])
        if (isObjectType(to) && !seen.has(to)) {
          seen.add(to)
          queue.push({ type: to, way: next })
        }
    }
  return found
}

const valueOf = (type: GraphQLInputType): string => {
  const inner = getNamedType(type)
  if (isListType(getNullableType(type))) return '[]'
  if (isEnumType(inner)) return inner.getValues()[0]!.name
  return inner.name === 'Int' ? '1' : '"x"'
}

/** Arguments that ask for the longest list. */
const argumentsOf = ({ type: { name: parent }, field: { name: own, args } }: Place): string => {
  const has = (name: string) => args.some((arg) => arg.name === name)
  if (has('by')) return '(by: STREAM, first: 1000)'
  if (has('first')) return `(first: ${longest[`${parent}.${own}`] ?? 100})`
  if (has('before')) return '(before: 100, after: 100)'
  if (has('step'))
    return '(range: { from: "2026-11-20T10:00:00.000Z", to: "2026-11-20T10:50:00.000Z" }, step: "PT1S")'
  if (has('ids')) return `(ids: [${Array.from({ length: 100 }, () => '"x"').join()}])`
  const needed = args.filter(isRequiredArgument).map(({ name, type }) => `${name}: ${valueOf(type)}`)
  return needed.length > 0 ? `(${needed.join()})` : ''
}

const queryOf = (way: readonly Place[]): string =>
  way.reduceRight(
    (inner, place) => `{ ... on ${place.type.name} { ${place.field.name}${argumentsOf(place)} ${inner} } }`,
    '{ __typename }',
  )
const answerOf = (way: readonly Place[]): Record<string, unknown> =>
  way.reduceRight<Record<string, unknown>>(
    (inner, place) => ({
      [place.field.name]: isList(place) ? Array.from({ length: mostOf(place) }, () => inner) : inner,
    }),
    {},
  )

const lists = ways().filter((way) => isList(way.at(-1)!))
const named = lists.map((way) => [`${way.at(-1)!.type.name}.${way.at(-1)!.field.name}`, way] as const)

test('every list of objects says how long it may be, and the longest of each is known here', () => {
  const unpaged = lists.map((way) => way.at(-1)!).filter((place) => !isPage(place))
  expect(unpaged.map(({ type, field }) => `${type.name}.${field.name}`).toSorted()).toEqual(
    Object.keys(longest).toSorted(),
  )
  for (const { type, field } of unpaged)
    expect(
      (field.extensions.cost as FieldCost | undefined)?.items,
      `${type.name}.${field.name}`,
    ).toBeDefined()
})

test.each(named)('the longest answer of %s costs no more than was asked for', (_name, way) => {
  const plan = planned(schema, queryOf(way))
  const actual = actualCostOf(plan, answerOf(way))
  expect(actual).toBeGreaterThan(0)
  expect(actual).toBe(costOf(plan))
})

let program: TestApp
let client: ReturnType<typeof createTestClient>
let ids: string[]
beforeAll(async () => {
  program = await sharedApp()
  const { key, tenant } = await program.seed.tenant()
  client = createTestClient(program.url, key)
  const streams = await Promise.all(Array.from({ length: 25 }, () => program.seed.stream(tenant)))
  ids = streams.map(({ id }) => globalId('Stream', id))
})
afterAll(() => program.stop())

const costs = async (query: string, variables: Record<string, unknown> = {}) => {
  const answer = (await client.request(query, variables)) as unknown as {
    errors?: unknown
    extensions: { cost: { requested: number; actual: number } }
  }
  expect(answer.errors).toBeUndefined()
  return answer.extensions.cost
}

test('a real answer with all that was asked for gives nothing back', async () => {
  const window = { last: 'PT50M' }
  const series = `query ($range: TimeRangeInput, $step: Duration = "PT1S") {
    analytics { logLevels(range: $range, step: $step) { levels { points { count } } } } }`
  // `analytics`, the question, its six levels, and the 3,000 points of each: the window cuts a second in two.
  const { requested, actual } = await costs(series, { range: { last: 'PT49M59S' } })
  expect(actual).toBe(requested)
  expect(requested).toBe(1 + 10 + 6 + 6 * 300)
  const streams = `query ($range: TimeRangeInput, $n: Int = 25) {
    streams(first: $n) { nodes { viewers(range: $range, step: "PT1M") { points { average } } } } }`
  const page = await costs(streams, { range: window })
  expect(page.actual).toBe(page.requested)
  expect(page.requested).toBeGreaterThan(1 + 25 + 250 + 25 * 5)
  const nodes = await costs('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })
  expect(nodes).toMatchObject({ requested: 25, actual: 25 })
})
