import { expect, test } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'
import { createCoverage } from './coverage.ts'
import { createJudge } from './judge.ts'
import { createOperation, type Operation } from './operations.ts'
import { createRandom } from './random.ts'
import type { Pools } from './values.ts'

const query = '{ tenant { id plan projects(first: 1) { totalCount nodes { createdAt name } } } }'
const asked: Operation = {
  kind: 'query',
  mode: 'plain',
  road: 'HTTP',
  actor: 'key',
  query,
  variables: {},
  operationName: undefined,
  body: JSON.stringify({ query }),
  isRequest: true,
  accept: 'application/graphql-response+json',
  address: '198.51.100.1',
}
const node = { createdAt: '2026-11-20T18:00:00.000Z', name: 'P' }
const tenant = { id: 'x', plan: 'FREE', projects: { totalCount: 1, nodes: [node] } }
const error = { message: 'Not now.', extensions: { code: 'CONFLICT', requestId: '1' } }

const judge = createJudge(schema, createCoverage(schema))
const faultsOf = (answer: unknown, status = 200): string =>
  judge(asked, { status, results: [JSON.stringify(answer)] }, ['canary']).faults.join('\n')

test.each([
  ['what was asked', { data: { tenant } }, 200],
  ['null with its error', { data: { tenant: null }, errors: [{ ...error, path: ['tenant', 'plan'] }] }, 200],
  ['a refusal with its status', { errors: [error] }, 409],
])('%s is no find', (_what, answer, status) => {
  expect(faultsOf(answer, status)).toBe('')
})

test.each([
  ['a value of an enum that is not there', { data: { tenant: { ...tenant, plan: 'GOLD' } } }, 'GOLD'],
  ['null where none may be', { data: { tenant: { ...tenant, id: null } } }, 'off the schema at tenant.id'],
  ['a leaf of another form', { data: { tenant: { ...tenant, id: 5 } } }, '5 is no ID'],
  [
    'a time without its milliseconds',
    {
      data: {
        tenant: { ...tenant, projects: { totalCount: 1, nodes: [{ ...node, createdAt: '2026-11-20' }] } },
      },
    },
    'no DateTime',
  ],
  ['more than was asked for', { data: { tenant: { ...tenant, slug: 's' } } }, 'not what was asked for'],
  ['less', { data: { tenant: { id: 'x', plan: 'FREE' } } }, 'off the schema'],
  [
    'half an emoji',
    { data: { tenant: { ...tenant, projects: { totalCount: 1, nodes: [{ ...node, name: '\ud83d' }] } } } },
    'no String',
  ],
  ['a word of the other tenant', { data: { tenant: { ...tenant, id: 'canary' } } }, 'tells canary'],
  ['nothing at all', {}, 'neither data nor errors'],
  [
    'a fault of ours',
    { data: null, errors: [{ ...error, extensions: { code: 'INTERNAL', requestId: '1' } }] },
    'INTERNAL',
  ],
  ['a code that is none', { errors: [{ ...error, extensions: { code: 'OOPS', requestId: '1' } }] }, 'OOPS'],
  ['words of a driver', { errors: [{ ...error, message: 'Invalid `prisma.x()`' }] }, 'inner words'],
  [
    'an error at a value',
    { data: { tenant }, errors: [{ ...error, path: ['tenant', 'id'] }] },
    'which has a value',
  ],
  ['another status than the code has', { errors: [error] }, 'the status 200'],
])('%s is a find', (_what, answer, fault) => {
  expect(faultsOf(answer)).toContain(fault)
})

test('the same seed and number make the same operation, and others another', () => {
  const pools: Pools = {
    literals: { 'Query.node.id': '"x"' },
    ids: { Stream: ['a', 'b'] },
    foreignIds: ['c'],
    cursors: { streams: ['d'] },
    places: ['0-0'],
    texts: ['e'],
    foreignTexts: ['f'],
  }
  const made = (...seeds: number[]): string => {
    const { query: text, variables } = createOperation(schema, createRandom(...seeds), pools)
    // Times are before now.
    return JSON.stringify([text, variables]).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '')
  }
  for (let index = 0; index < 50; index += 1) expect(made(1, index)).toBe(made(1, index))
  expect(new Set(Array.from({ length: 50 }, (_, index) => made(1, index))).size).toBeGreaterThan(45)
})
