import { isInterfaceType } from 'graphql'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { matches, parseFilter } from '../../src/graphql/filter-terms.ts'
import { schema } from '../../src/graphql/schema.ts'
import { domains } from '../domains/index.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import type { Answer, TestClient } from '../testkit/client.ts'
import { statementsDuring } from '../testkit/statements.ts'
import { inhabit, type Inhabitant } from '../walls/inhabitant.ts'
import { createPeople } from '../walls/people.ts'
import { cloneRow, columnOf } from './clones.ts'
import { documentOf, idOfCursor, listFields, otherLists, type ListField } from './lists.ts'

/** How many copies of a row each list is tried with. */
const COPIES = 23
const tables: Readonly<Record<string, string>> = Object.assign({}, ...domains.map(({ nodes }) => nodes))
const nodeInterface = schema.getType('Node')
const nodeTypes = isInterfaceType(nodeInterface)
  ? schema.getPossibleTypes(nodeInterface).map(({ name }) => name)
  : []

let program: TestApp
let owner: Client
let people: Awaited<ReturnType<typeof createPeople>>
let a: Inhabitant
let client: TestClient
let userId: string
beforeAll(async () => {
  program = await startApp({ settings: { RATE_LIMIT_COST: '0', RATE_LIMIT_REQUESTS: '0' } })
  owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
  people = await createPeople(program)
  a = await inhabit(program, 'alpha', 11, nodeTypes)
  const ann = await people.person('ann', [a])
  client = (await ann.actIn(a)).client
  userId = Buffer.from(ann.userId, 'base64').toString().split(':')[1]!
  await program.app.keyUsage.flush() // that keys were used is written seconds later, and would move a row of the list
})
afterAll(async () => {
  await people.close()
  await owner.end()
  await program.stop()
})

type Edge = { readonly cursor: string; readonly node: { readonly __typename: string } }
type Page = {
  readonly totalCount: number | null
  readonly edges: readonly Edge[]
  readonly nodes: readonly Edge['node'][]
  readonly pageInfo: Record<'startCursor' | 'endCursor', string | null> &
    Record<'hasNextPage' | 'hasPreviousPage', boolean>
}
type Args = {
  readonly first?: number
  readonly last?: number
  readonly after?: string | null
  readonly before?: string | null
  readonly filter?: object
  readonly orderBy?: { field: string; direction: string }
}

const ask = async (at: ListField, args: Args): Promise<Page> => {
  const id = a.ids[at.parent]?.[0]
  const { data, errors } = (await client.request(documentOf(at), { ...args, id })) as Answer<
    Record<string, never>
  >
  const root = data as { list?: Page; viewer?: { list: Page }; node?: { list: Page } } | null
  const page = root?.list ?? root?.viewer?.list ?? root?.node?.list
  if (!page || errors)
    throw new Error(`${at.name} ${JSON.stringify(args)}: ${JSON.stringify({ data, errors })}`)
  return page
}

const lists = listFields(schema)
const prepared = new Map<string, Promise<{ table: string; copies: readonly string[] }>>()
/** Fills a list with copies of the row that it has, the first time that it is asked for. */
const filled = (at: ListField) => {
  let made = prepared.get(at.name)
  if (!made) {
    made = (async () => {
      const table = tables[at.list.type]
      if (table === undefined)
        throw new Error(`${at.list.type} is new: say in tests/domains where its rows are.`)
      const { edges } = await ask(at, { first: 1 })
      if (!edges[0]) throw new Error(`${at.name} is empty: \`inhabit\` of its domain makes one.`)
      const columns = [
        ...Object.values(at.list.columns).map(({ field }) => field),
        ...Object.entries(at.list.conditions).map(([name, { suffix }]) => `${name}${suffix}`),
      ]
      return {
        table,
        copies: await cloneRow(
          owner,
          { type: at.list.type, table },
          idOfCursor(edges[0].cursor),
          columns.map(columnOf),
          COPIES,
        ),
      }
    })()
    prepared.set(at.name, made)
  }
  return made
}

/** All pages one after the other: ids in the order of the list. */
const walk = async (
  at: ListField,
  way: 'forward' | 'backward',
  size: number,
  args: Args,
): Promise<string[]> => {
  const all: string[] = []
  let cursor: string | null = null
  for (let turn = 0; turn < 100; turn += 1) {
    const place: Args = way === 'forward' ? { first: size, after: cursor } : { last: size, before: cursor }
    const { edges, nodes, pageInfo }: Page = await ask(at, { ...args, ...place })
    expect(nodes).toEqual(edges.map(({ node }) => node))
    expect([pageInfo.startCursor, pageInfo.endCursor]).toEqual([
      edges[0]?.cursor ?? null,
      edges.at(-1)?.cursor ?? null,
    ])
    const ids = edges.map((edge) => idOfCursor(edge.cursor))
    if (way === 'forward') all.push(...ids)
    else all.unshift(...ids)
    expect(way === 'forward' ? pageInfo.hasPreviousPage : pageInfo.hasNextPage).toBe(turn > 0)
    if (!(way === 'forward' ? pageInfo.hasNextPage : pageInfo.hasPreviousPage)) return all
    expect(edges).toHaveLength(size)
    cursor = way === 'forward' ? pageInfo.endCursor : pageInfo.startCursor
  }
  throw new Error('the pages never end')
}

test('every list of objects is a connection of the one mechanism, but for these', () => {
  const others = otherLists(schema).filter(
    // Points and parts of a number that one query answers whole, and what a refusal names.
    (place) =>
      !/^\w*(Series|LevelCount|TypeCount|Breakdown|Rates|Viewers|ViewersNow|ValidationError)\./.test(place),
  )
  // Names and values of a row; what the program was set up with; lists of facts, which page by time; steps and days
  // that one question answers whole.
  expect(others.toSorted()).toEqual([
    'Alert.labels',
    'AlertDryRun.episodes',
    'AlertEpisode.labels',
    'AlertRule.annotations',
    'AlertRule.labels',
    'AlertRuleChange.differences',
    'AlertStateChanged.labels',
    'Analytics.clustersNearLimits',
    'Analytics.metricLabels',
    'Analytics.metricNames',
    'Analytics.nodesInTrouble',
    'Analytics.productFunnel',
    'Analytics.productRetention',
    'Analytics.servicesBelowDesired',
    'ClusterUsage.limits',
    'EdgeNode.routingEvents',
    'EdgeNodeHealthHistory.intervals',
    'EscalationStep.schedules',
    'Incident.labels',
    'Incident.mutedBy',
    'IncidentGroup.points',
    'IncidentRuleGroup.points',
    'IncidentSeverityCount.points',
    'Inhibition.sourceMatchers',
    'Inhibition.targetMatchers',
    'LogEvent.attributes',
    'LogEvent.logContext',
    'LogGroup.points',
    'MetricLabel.values',
    'MetricPoint.labels',
    'MetricSeriesGroup.labels',
    'MetricSeriesGroup.points',
    'NodeInTrouble.troubles',
    'NotificationDryRun.mutedBy',
    'NotificationDryRun.routes',
    'NotificationRoute.escalation',
    'NotificationRoute.matchers',
    'OnCallSchedule.overrides',
    'OnCallSchedule.participants',
    'OnCallSchedule.shifts',
    'PlatformEventGroup.points',
    'PlatformOverview.edgeNodesByHealth',
    'Query.connectionEvents',
    'Query.logs',
    'Query.metricPoints',
    'Query.platformEvents',
    'Query.productEvents',
    'Query.routingEvents',
    'Query.signInProviders',
    'Query.streamEvents',
    'Query.streamHealthIssues',
    'Query.trackListEvents',
    'RoutedTo.groupLabels',
    'RoutingEvent.scores',
    'RoutingImpact.streams',
    'RoutingImpact.takers',
    'Silence.matchers',
    'Stream.connectionEvents',
    'Stream.healthIssues',
    'Stream.qualityChanges',
    'Stream.routingEvents',
    'Stream.trackChanges',
    'Stream.trackLists',
    'StreamBuffering.intervals',
    'ViewerSeriesGroup.points',
  ])
})

const orders = lists.flatMap((at) =>
  Object.entries(at.list.columns).flatMap(([order, column]) =>
    (['ASC', 'DESC'] as const).map((direction) => ({ name: at.name, at, order, column, direction })),
  ),
)

test.each(orders)(
  '$name by $order $direction, forward and backward, meets every row once and in order: equal values by id, missing ones last',
  async ({ at, order, column, direction }) => {
    const { table, copies } = await filled(at)
    const by = columnOf(column.field)
    const { rows } = await owner.query<{ id: string }>(
      `SELECT id FROM ${table} WHERE id = ANY($1) ORDER BY ${by} ${direction} NULLS LAST, id ${direction}`,
      [copies],
    )
    const orderBy = { field: order, direction }
    const ways = ['forward', 'backward'] as const
    for (const met of await Promise.all(ways.map((way) => walk(at, way, 8, { orderBy })))) {
      expect(new Set(met).size).toBe(met.length)
      expect(met.filter((id) => copies.includes(id))).toEqual(rows.map(({ id }) => id))
    }
  },
)

type Plan = { 'Node Type': string; 'Index Cond'?: string; Plans?: Plan[] }
const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]

test.each(orders)(
  '$name by $order $direction: the cursor of a deep page stands in the condition of an index, and nothing is sorted',
  async ({ at, order, column, direction }) => {
    await filled(at)
    const orderBy = { field: order, direction }
    const { pageInfo } = await ask(at, { first: 10, orderBy })
    const statements = await statementsDuring(() => ask(at, { first: 5, orderBy, after: pageInfo.endCursor }))
    const table = tables[at.list.type]!
    const paged = statements.filter(
      ({ text }) => text.includes(`"${table}"`) && / ORDER BY .* LIMIT /s.test(text),
    )
    expect(paged.length).toBeGreaterThan(0)
    try {
      // As the program's role: below row-level security fewer comparisons can be conditions of an index.
      await owner.query('SET ROLE heliograph_app')
      await owner.query(
        `SELECT set_config('app.tenant_id', $1, false), set_config('app.user_id', $2, false)`,
        at.parent === 'Viewer' || at.name === 'Query.sessions' ? ['', userId] : [a.tenant, ''],
      )
      await owner.query(
        'SET enable_seqscan = off; SET enable_sort = off; SET enable_incremental_sort = off; SET enable_bitmapscan = off',
      )
      for (const { text, values } of paged) {
        const { rows } = await owner.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
          `EXPLAIN (FORMAT JSON) ${text}`,
          values,
        )
        const nodes = nodesOf(rows[0]!['QUERY PLAN'][0].Plan)
        const scan = nodes.find((node) => node['Node Type'].startsWith('Index'))
        const shown = `${text}\n${JSON.stringify(rows[0], null, 1)}`
        expect(nodes.map((node) => node['Node Type']).join(' '), shown).not.toMatch(/Sort|Seq Scan/)
        // Of rows that share the cursor's value, an index by id alone serves as well as that of the order.
        expect(scan?.['Index Cond'], shown).toMatch(new RegExp(`${columnOf(column.field)}|\\(id [<>]`))
      }
    } finally {
      await owner.query('RESET ALL')
      await owner.query('RESET ROLE')
    }
  },
)

type Row = Record<string, unknown>
const wire = (value: unknown): unknown => (value instanceof Date ? value.toISOString() : value)
/** Operators with values that some of the rows have. */
const conditionsOf = (kind: string, value: unknown, other: unknown): object[] => {
  if (kind === 'StringFilter')
    return [
      { eq: value },
      { eq: String(value).toUpperCase() },
      { in: [value, other, 'nope'] },
      { contains: String(value).slice(1).toUpperCase() },
      { startsWith: String(value).slice(0, 3) },
      { contains: '%' },
      { startsWith: '_' },
      { eq: value, contains: '' },
      {},
    ]
  if (kind === 'StringListFilter')
    return [
      { has: [value].flat()[0] },
      { hasSome: [value, other, 'nope'].flat() },
      { hasEvery: [value, other].flat() },
      { hasEvery: [] },
      { hasSome: [] },
    ]
  if (kind === 'LabelFilter')
    return [value, other].flatMap((labels) => {
      const [[name, text] = ['none', '']] = Object.entries(labels as Record<string, string>)
      return [
        { name, eq: text },
        { name, eq: '' },
        { name, in: [text, 'nope'] },
        { name, contains: text.slice(1).toUpperCase() },
        { name, startsWith: text.slice(0, 1).toLowerCase() },
        { name, startsWith: '_' },
        { name, eq: text, contains: '%' },
        { name, contains: '' },
        { name: 'nope', eq: text },
        { name },
      ]
    })
  if (kind === 'BooleanFilter') return [{ eq: true }, { eq: false }]
  if (kind === 'DateTimeFilter' || kind === 'IntFilter')
    return [{ lt: value }, { lte: value }, { gt: value }, { gte: value, lte: value }]
  return [{ eq: value }, { in: [value, other] }, { in: [] }]
}

const conditions = lists.flatMap((at) =>
  Object.entries(at.list.conditions).map(([condition, { type, suffix }]) => ({
    name: at.name,
    at,
    condition,
    suffix,
    kind: (type as unknown as { name: string }).name,
  })),
)
test.each(conditions)(
  '$name by $condition finds what each operator says, its negation the rest, and totalCount counts the same',
  async ({ at, condition, suffix, kind }) => {
    if (kind === 'IdFilter') return // its values are global ids: tried where the type is
    const { table, copies } = await filled(at)
    const column = columnOf(`${condition}${suffix}`)
    const { rows } = await owner.query<Row>(
      `SELECT id, ${column} AS value FROM ${table} WHERE id = ANY($1)`,
      [copies],
    )
    const values = rows.map(({ value }) => value).filter((value) => value !== null)
    const all = await ask(at, { first: 0 })
    const check = async (operators: object): Promise<void> => {
      const filter = { [condition]: operators }
      const parsed = parseFilter(at.list.conditions, {
        [condition]: Object.fromEntries(
          Object.entries(operators).map(([operator, value]) => [
            operator,
            kind === 'DateTimeFilter' ? new Date(value as string) : value,
          ]),
        ),
      })
      const expected = rows.filter(({ value }) => matches(parsed, { [`${condition}${suffix}`]: value }))
      const shown = JSON.stringify(filter)
      const [page, rest] = await Promise.all([
        ask(at, { first: 100, filter }),
        ask(at, { first: 0, filter: { not: filter } }),
      ])
      expect(page.pageInfo.hasNextPage, shown).toBe(false)
      const found = page.edges.map(({ cursor }) => idOfCursor(cursor)).filter((id) => copies.includes(id))
      expect(found.toSorted(), shown).toEqual(expected.map(({ id }) => String(id)).toSorted())
      expect(page.totalCount! + rest.totalCount!, shown).toBe(all.totalCount)
    }
    await Promise.all(conditionsOf(kind, wire(values[0]), wire(values.at(-1))).map(check))
  },
)
