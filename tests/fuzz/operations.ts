import type { GraphQLSchema } from 'graphql'
import { openTo } from '../walls/open-to.ts'
import { rootFields } from '../walls/everything.ts'
import { envelopeOf } from './envelopes.ts'
import type { Random } from './random.ts'
import { createSelections } from './selection.ts'
import { createValues, type Mode, type Pools } from './values.ts'

export type Kind = 'query' | 'mutation' | 'subscription'
export const roadNames = [
  'HTTP',
  'GET',
  'WebSocket',
  'SSE',
  'SSE at /graphql/stream',
  'one SSE stream of many',
] as const
export type RoadName = (typeof roadNames)[number]
export const actorNames = ['key', 'owner', 'member', 'guest', 'reader', 'nobody'] as const
export type ActorName = (typeof actorNames)[number]

export type Operation = {
  readonly kind: Kind
  readonly mode: Mode
  readonly road: RoadName
  readonly actor: ActorName
  readonly query: string
  readonly variables: Record<string, unknown>
  readonly operationName: string | undefined
  /** What is sent: the above as JSON, or something that is no request. */
  readonly body: string
  /** Whether the body is an operation as the protocols know it. */
  readonly isRequest: boolean
  readonly accept: 'application/json' | 'application/graphql-response+json'
  /** Where the client comes from, which rates are counted by. */
  readonly address: string
}

/** Small wrongs of a document's text. */
const damaged = (random: Random, text: string): string => {
  const at = random.below(text.length)
  return random.pick([
    text.slice(0, at) + text.slice(at + 1),
    text.slice(0, at) +
      random.pick(['{', '}', '(', '"', '$', '@', '...', '\0', '\ud83d', '#', '"""']) +
      text.slice(at),
    text.slice(0, at),
    `${text} ${text}`,
    `${text} { viewer { scopes } }`,
    `${text} fragment Unused on Query { viewer { scopes } }`,
    `${text} type Query { id: ID }`,
    text.replace('{', '@nothing {'),
    text.replace('{', '{ ...Nothing '),
    text.replace('{', '{ __schema { queryType { name } } '),
  ])
}

/** What ends the session that asks: now and then, or there would be nobody to ask the rest. */
const ending = new Set(['signOut', 'revokeAllSessions', 'changePassword', 'leaveTenant', 'deleteTenant'])

/** An operation of the schema, the same for the same state of `random`. */
export const createOperation = (schema: GraphQLSchema, random: Random, pools: Pools): Operation => {
  const { chance, pick, below, weighted } = random
  const kind = weighted({ query: 6, mutation: 3, subscription: 1 })
  const mode = weighted({ plain: 4, odd: 4, wrong: 2 })
  const values = createValues(random, pools, mode, kind === 'query')
  const selections = createSelections(schema, random, values, mode)
  const roots = rootFields(schema).filter(
    ({ operation, field }) => operation === kind && (!ending.has(field.name) || chance(0.1)),
  )
  const root = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' }[kind]
  const count = kind === 'query' ? 1 + below(3) : kind === 'mutation' && chance(0.1) ? 2 : 1
  const chosen = random.some(roots, mode === 'wrong' && chance(0.03) ? 2 : count)
  const fields = chosen.map(({ field }) =>
    selections.fieldOf(root, field, 0, count > 1 && kind === 'mutation'),
  )

  const { variables, fragments } = selections
  const declared = variables.map(({ name, type, fallback }) => `$${name}: ${type}${fallback}`).join(', ')
  const isNamed = declared !== '' || chance(0.3)
  const head =
    kind === 'query' && !isNamed ? '' : `${kind}${isNamed ? ' Fuzz' : ''}${declared && `(${declared})`} `
  const text = [`${head}{ ${fields.join(' ')} }`, ...fragments].join(' ')
  const query = mode === 'wrong' && chance(0.2) ? damaged(random, text) : text
  const given = Object.fromEntries(
    variables.filter(({ value }) => value !== undefined).map(({ name, value }) => [name, value]),
  )
  const operationName =
    isNamed && chance(0.5) ? 'Fuzz' : mode === 'wrong' && chance(0.05) ? 'Nothing' : undefined
  const whole = {
    query,
    ...(variables.length > 0 || chance(0.2) ? { variables: given } : {}),
    ...(operationName !== undefined && { operationName }),
  }
  const envelope = mode === 'wrong' && chance(0.1) ? envelopeOf(random, whole) : undefined
  const isPeoples = chosen.some(({ field }) => openTo(field) !== 'keys')
  const roads: Record<RoadName, number> = {
    HTTP: kind === 'subscription' ? 0.3 : 4,
    GET: kind === 'subscription' ? 0.3 : 0.7,
    WebSocket: 3,
    SSE: 2,
    'SSE at /graphql/stream': 1,
    'one SSE stream of many': 2,
  }
  return {
    kind,
    mode,
    road: weighted(roads),
    actor: weighted({
      key: isPeoples ? 0.5 : 6,
      owner: 4,
      member: 1,
      guest: isPeoples ? 1 : 0.2,
      reader: 1,
      nobody: isPeoples ? 1 : 0.2,
    }),
    query,
    variables: given,
    operationName,
    body: envelope ?? JSON.stringify(whole),
    isRequest: envelope === undefined,
    accept: pick(['application/json', 'application/graphql-response+json'] as const),
    address: `198.51.${below(100)}.${pick([1, 2, 3])}`,
  }
}
