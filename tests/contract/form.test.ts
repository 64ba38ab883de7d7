import {
  getNamedType,
  getNullableType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type GraphQLField,
  type GraphQLObjectType,
} from 'graphql'
import { expect, test } from 'vitest'
import { actionOf } from '../../src/graphql/root-actions.ts'
import { schema } from '../../src/graphql/schema.ts'

const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'))
const objects = types.filter(isObjectType)
const fieldsOf = (type: { getFields(): Record<string, GraphQLField<unknown, unknown>> }) =>
  Object.values(type.getFields())
const all = objects.flatMap((type) =>
  fieldsOf(type).map((field) => ({ place: `${type.name}.${field.name}`, type, field })),
)
const places = (wrong: readonly { place: string }[]) => wrong.map(({ place }) => place)
const typeName = (name: string) => `${name[0]!.toUpperCase()}${name.slice(1)}`

test('every root field may be null, so that one that fails blanks no other, but for those that ask nobody', () => {
  const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()])
  const required = all.filter(({ type, field }) => roots.has(type) && isNonNullType(field.type))
  // Lists of what the program was started with; a budget that is counted before anything runs; `nodes` has a
  // null for each.
  expect(places(required).toSorted()).toEqual(['Query.nodes', 'Query.signInProviders'])
})

test('a field that asks for an action of its own may be null, so that what one may not see blanks nothing else', () => {
  const asking = all.filter(({ field }) => actionOf(field) !== undefined && isNonNullType(field.type))
  expect(places(asking)).toEqual([])
})

test('what there is one of has an id, by which a cache knows that several answers are of one object', () => {
  // Values without one: what a question with these arguments answers, and what is told once and not kept.
  const answers =
    /(Connection|Edge|Payload|Series|Breakdown|Changed|Viewers|Rates|Health|History|Load|Sample|Impact|Usage|DryRun|Preview|Buffering|Quality|Error|Shift)$|^(PageInfo|ViewersNow|Query|Mutation|Subscription|Resync)$/
  const single = all.filter(({ type, field }) => {
    const inner = getNamedType(field.type)
    return (
      isObjectType(inner) &&
      !isListType(getNullableType(field.type)) &&
      !answers.test(inner.name) &&
      // A row of a list, and a fact that is told: it has its `eventId`.
      !/(Edge|Stored)$/.test(type.name)
    )
  })
  expect(single.length).toBeGreaterThan(10)
  expect(
    places(single.filter(({ field }) => !(getNamedType(field.type) as GraphQLObjectType).getFields().id)),
  ).toEqual([])
})

test('a mutation takes one input and answers its payload or a problem, each named after it', () => {
  for (const field of fieldsOf(schema.getMutationType()!)) {
    const title = typeName(field.name)
    const given = field.args.map(({ name, type }) => `${name}: ${String(type)}`)
    expect(
      given.length === 0 || given.join() === `input: ${title}Input!`,
      `${field.name}(${given.join()})`,
    ).toBe(true)
    const union = getNamedType(field.type)
    if (!isUnionType(union)) throw new TypeError(`${field.name} answers no union`)
    expect(union.name).toBe(`${title}Result`)
    const payloads = union.getTypes().filter(({ name }) => name.endsWith('Payload'))
    expect(payloads.map(({ name }) => name)).toEqual([`${title}Payload`])
  }
})

test('what has an id is a Node, and an ID is a global id and nothing else', () => {
  const withId = objects.filter((type) => type.getFields().id)
  expect(
    withId.filter((type) => !type.getInterfaces().some(({ name }) => name === 'Node')).map(String),
  ).toEqual([])
  const ids = all.filter(({ field }) => getNamedType(field.type).name === 'ID')
  // Of an object that is gone, or may be: beside the edge that leads to it while it is there.
  const left = ['deletedId', 'actorId', 'resourceId']
  expect(places(ids.filter(({ field }) => !['id', ...left].includes(field.name)))).toEqual([])
})

test('what refers to another object is that object, and no text or number that names it', () => {
  // Ids of other systems, that no `node` finds: those of players, requests, traces and rows of facts, of the sessions of
  // media servers, and of the people of a tenant's own product.
  const foreign = new Set(['playbackId', 'requestId', 'traceId', 'eventId'])
  const ofOthers = new Set(['ConnectionEvent.sessionId', 'ProductEvent.userId', 'ProductEvent.sessionId'])
  const raw = all
    .filter(
      ({ field, place }) => /[a-z]Ids?$/.test(field.name) && !foreign.has(field.name) && !ofOthers.has(place),
    )
    .filter(({ field }) => getNamedType(field.type).name !== 'ID')
  expect(places(raw)).toEqual([])
})

test('each node type has one connection, one filter and one order, named after it, with a count that may fail', () => {
  const connections = objects.filter(({ name }) => name.endsWith('Connection'))
  for (const connection of connections) {
    const name = connection.name.replace(/Connection$/, '')
    const { nodes, edges, totalCount } = connection.getFields()
    expect(String(nodes?.type), connection.name).toBe(`[${name}!]!`)
    expect(String(edges?.type), connection.name).toBe(`[${name}Edge!]!`)
    expect(totalCount && isNonNullType(totalCount.type), connection.name).toBe(false)
  }
  const paged = all.filter(({ field }) => getNamedType(field.type).name.endsWith('Connection'))
  expect(paged.length).toBeGreaterThan(10)
  for (const { place, field } of paged) {
    const args = field.args.map(({ name }) => name)
    expect(args, place).toEqual(expect.arrayContaining(['first', 'after', 'last', 'before', 'filter']))
  }
})

test('filters have one form: operators in each condition, and no bare values', () => {
  const filters = types.filter(isInputObjectType).filter(({ name }) => name.endsWith('Filter'))
  const operators = new Set([
    'eq',
    'in',
    'lt',
    'lte',
    'gt',
    'gte',
    'contains',
    'startsWith',
    'has',
    'hasSome',
    'hasEvery',
    'and',
    'or',
    'not',
  ])
  const bare = filters.flatMap((type) =>
    Object.values(type.getFields())
      .filter(({ name }) => !operators.has(name))
      // Values are looked up by their names there.
      .filter(({ name }) => `${type.name}.${name}` !== 'LabelFilter.name')
      .filter((field) => !isInputObjectType(getNamedType(field.type)) || String(field.type).startsWith('['))
      .map(({ name }) => `${type.name}.${name}`),
  )
  expect(bare).toEqual([])
})

test('a series says its window, and has a point for each bucket', () => {
  const series = objects.filter(({ name }) => name.endsWith('Series'))
  expect(series.length).toBeGreaterThan(1)
  for (const type of series) expect(type.getInterfaces().map(String), type.name).toContain('Series')
  const contract = schema.getType('Series')
  expect(isInterfaceType(contract) && Object.keys(contract.getFields()).toSorted()).toEqual([
    'from',
    'step',
    'timezone',
    'to',
  ])
})

test('counts of facts are 64-bit numbers', () => {
  const counts = /^(viewers|samples|peak|count|total|usageCount|sizeBytes|durationMs|viewersNow)$/
  const small = all.filter(({ field }) => counts.test(field.name) && getNamedType(field.type).name === 'Int')
  expect(places(small)).toEqual([])
})

test('descriptions are sentences for strangers: no placeholder, no internal document, no translated turn', () => {
  const bad =
    /^(When|Who|Why|What|Where|Which)\.$|As HTTP status|\(design|\bunless given\b|\bis none\b|no more\b|Whoever|\bso many\b/i
  const described = types.flatMap((type) => {
    const own = [[type.name, type.description ?? ''] as const]
    if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type))
      for (const field of Object.values(type.getFields()))
        own.push([`${type.name}.${field.name}`, field.description ?? ''])
    if (isObjectType(type))
      for (const field of fieldsOf(type))
        for (const arg of field.args)
          own.push([`${type.name}.${field.name}(${arg.name})`, arg.description ?? ''])
    return own
  })
  expect(described.filter(([, text]) => bad.test(text))).toEqual([])
})
