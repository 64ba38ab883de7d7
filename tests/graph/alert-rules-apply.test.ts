import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { WITHOUT_ALERTING } from '../testkit/alerting.ts'
import { startApp, type TestApp } from '../testkit/app.ts'

let program: TestApp
beforeAll(async () => void (program = await startApp({ settings: WITHOUT_ALERTING })))
afterAll(() => program.stop())

const rule = (name: string, more: object = {}) => ({
  name,
  dataset: 'log_events',
  aggregate: 'COUNT',
  operator: 'GT',
  threshold: 5,
  window: 'PT1M',
  ...more,
})

const many = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => rule(`r${String(from + index).padStart(5, '0')}`))

const DOCUMENT = `mutation Apply($input: ApplyAlertRulesInput!) { applyAlertRules(input: $input) {
  __typename
  ... on ApplyAlertRulesPayload { changes { name change differences { field before after } } }
  ... on Problem { code message path }
  ... on ValidationError { errors { path message } }
} }`

type Answer = {
  readonly __typename: string
  readonly changes?: {
    name: string
    change: string
    differences: { field: string; before: unknown; after: unknown }[]
  }[]
  readonly message?: string
  readonly errors?: { path: string[]; message: string }[]
}
const applyOn = (client: TestClient) => async (input: object) => {
  const { data, errors } = await client.request(DOCUMENT, { input })
  expect(errors).toBeUndefined()
  return (data as { applyAlertRules: Answer }).applyAlertRules
}
const kinds = ({ changes }: Answer) => changes?.map(({ name, change }) => `${change} ${name}`)

type Told = {
  alertRules: { nodes: { name: string; version: number; definition: object }[] }
  auditLog: { nodes: { action: string; resourceId: string; before: object | null; after: object | null }[] }
}
const told = async (client: TestClient): Promise<Told> => {
  const { data, errors } = await client.request(`{
    alertRules { nodes { name version definition } }
    auditLog(filter: { action: { eq: "applyAlertRules" } }) { nodes { action resourceId before after } }
  }`)
  expect(errors).toBeUndefined()
  return data as Told
}

const setup = async () => {
  const { tenant, key } = await program.seed.tenant()
  const client = createTestClient(program.url, key)
  return { tenant, client, apply: applyOn(client) }
}

test('a list creates, updates what differs and leaves the rest; the same list again changes nothing', async () => {
  const { client, apply } = await setup()
  const first = await apply({ rules: [rule('a'), rule('b'), rule('c', { labels: { team: 'video' } })] })
  expect(kinds(first)).toEqual(['CREATED a', 'CREATED b', 'CREATED c'])

  const list = [
    rule('b', { threshold: 6, for: 'PT30S' }),
    rule('a', { labels: [] }),
    rule('c', { labels: [{ name: 'team', value: 'video' }] }),
    rule('d'),
  ]
  const second = await apply({ rules: list })
  expect(kinds(second)).toEqual(['UPDATED b', 'UNCHANGED a', 'UNCHANGED c', 'CREATED d'])
  expect(second.changes?.[0]?.differences).toEqual([
    { field: 'threshold', before: 5, after: 6 },
    { field: 'for', before: 'PT0S', after: 'PT30S' },
  ])

  const third = await apply({ rules: list })
  expect(kinds(third)).toEqual(['UNCHANGED b', 'UNCHANGED a', 'UNCHANGED c', 'UNCHANGED d'])
  const { alertRules, auditLog } = await told(client)
  expect(alertRules.nodes.map(({ name, version }) => `${name} ${version}`)).toEqual([
    'a 1',
    'b 2',
    'c 1',
    'd 1',
  ])
  expect(auditLog.nodes).toHaveLength(5)
  const updated = auditLog.nodes.find(({ before, after }) => before && after)
  expect(updated).toMatchObject({
    before: { threshold: 5, for: 'PT0S' },
    after: { threshold: 6, for: 'PT30S' },
  })

  const again = await apply({ rules: alertRules.nodes.map(({ definition }) => definition), prune: true })
  expect(new Set(again.changes?.map(({ change }) => change))).toEqual(new Set(['UNCHANGED']))
})

test('what is not in the list stays, or is deleted with prune', async () => {
  const { client, apply } = await setup()
  await apply({ rules: [rule('a'), rule('b')] })
  expect(kinds(await apply({ rules: [rule('b')] }))).toEqual(['UNCHANGED b'])
  expect((await told(client)).alertRules.nodes).toHaveLength(2)
  expect(kinds(await apply({ rules: [rule('b'), rule('B')], prune: true }))).toEqual([
    'UNCHANGED b',
    'CREATED B',
    'DELETED a',
  ])
  expect((await told(client)).alertRules.nodes.map(({ name }) => name).toSorted()).toEqual(['B', 'b'])
})

test('a dry run answers what would change, and changes nothing', async () => {
  const { client, apply } = await setup()
  await apply({ rules: [rule('a'), rule('b')] })
  const input = { rules: [rule('a', { window: 'PT2M' }), rule('c')], prune: true }
  const before = await told(client)
  const dry = await apply({ ...input, dryRun: true })
  expect(kinds(dry)).toEqual(['UPDATED a', 'CREATED c', 'DELETED b'])
  expect(await told(client)).toEqual(before)
  expect(await apply(input)).toEqual(dry)
})

test('all that is wrong with all rules is told at its path, and nothing is changed', async () => {
  const { client, apply } = await setup()
  const { __typename, errors } = await apply({
    rules: [
      rule('fine'),
      rule('a', { dataset: 'logs', windw: 'PT1M' }),
      rule('b', { window: 'PT1S', groupBy: ['service', 'nope '], dataset: 'node_samples' }),
      rule('fine', { threshold: null }),
      7,
      rule('c', { annotations: { title: '{{vlue}}' }, labels: { team: 7 } }),
    ],
  })
  expect(__typename).toBe('ValidationError')
  expect(errors?.map(({ path, message }) => [path.join('.'), message])).toEqual([
    ['rules.1.windw', 'rules.1.windw: there is no field of this name.'],
    ['rules.2.groupBy.0', expect.stringContaining('node_samples has no label "service"')],
    ['rules.2.groupBy.1', expect.stringContaining('node_samples has no label "nope "')],
    ['rules.2.window', expect.stringContaining('rows of node_samples come about every PT10S')],
    ['rules.3.threshold', 'rules.3.threshold: is needed.'],
    ['rules.3.name', 'rules.3.name: rules.0 is called so already.'],
    ['rules.4', 'rules.4: expected a value of the type object.'],
    ['rules.5.labels', expect.stringContaining('names with texts')],
  ])
  expect((await told(client)).alertRules.nodes).toEqual([])
})

test('bounds of a call and of a tenant hold, and a bad call changes nothing', async () => {
  const { client, apply } = await setup()
  expect(await apply({ rules: many(0, 501) })).toMatchObject({ __typename: 'LimitError', path: ['rules'] })
  const began = performance.now()
  expect((await apply({ rules: many(0, 500) })).changes).toHaveLength(500)
  expect((await apply({ rules: many(500, 2) })).changes).toHaveLength(2)
  expect(performance.now() - began).toBeLessThan(20_000)
  expect(await apply({ rules: many(501, 1), prune: true })).toMatchObject({
    __typename: 'LimitError',
    path: ['prune'],
  })
  const { data } = await client.request('{ alertRules { totalCount } }')
  expect(data).toEqual({ alertRules: { totalCount: 502 } })
})

test('a key that may only read may not even try, and another tenant has its own rules', async () => {
  const { apply, client, tenant } = await setup()
  await apply({ rules: [rule('a')] })
  const other = await setup()
  expect(kinds(await other.apply({ rules: [rule('a')], prune: true }))).toEqual(['CREATED a'])
  expect((await told(client)).alertRules.nodes).toMatchObject([{ name: 'a', version: 1 }])
  const reader = createTestClient(program.url, await program.seed.key(tenant, ['read']))
  const refused = await applyOn(reader)({ rules: [], dryRun: true })
  expect(refused).toMatchObject({ __typename: 'ForbiddenError', code: 'FORBIDDEN' })
})

test('the same list by ten at once makes each rule once', async () => {
  const { apply, client } = await setup()
  const list = { rules: ['a', 'b', 'c'].map((name) => rule(name)) }
  const answers = await Promise.all(Array.from({ length: 10 }, () => apply(list)))
  expect(
    answers.flatMap(({ changes }) => changes!).filter(({ change }) => change === 'CREATED'),
  ).toHaveLength(3)
  expect((await told(client)).alertRules.nodes.map(({ version }) => version)).toEqual([1, 1, 1])
})
