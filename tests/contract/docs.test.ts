import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { getOperationAST, parse, validate } from 'graphql'
import { expect, test } from 'vitest'
import { settings } from '../../src/settings.ts'
import { MAX_COST } from '../../src/graphql/limits/cost.ts'
import { documentLimits } from '../../src/graphql/limits/document.ts'
import { variableLimits } from '../../src/graphql/limits/variables.ts'
import { schema } from '../../src/graphql/schema.ts'
import { itemErrorCodes } from '../../src/ingest/item-errors.ts'
import { errorCodes } from '../../src/platform/errors.ts'
import { defaultTimeouts } from '../../src/server/timeouts.ts'
import { firehose } from '../../src/modules/modules.ts'
import { priceOf } from '../limits/price.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** The cells of every row of a table that begins with a name in backticks. */
const namedRows = (markdown: string): string[][] =>
  markdown
    .split('\n')
    .filter((line) => /^\| `[A-Z_]+` \|/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
const bare = (cell = ''): string => cell.replaceAll('`', '')

const readme = read('README.md')

/**
 * What the README's curl and graphql-ws examples send: `--data-urlencode 'query=…'`, `"query": "…"`, `const
 * query = "…"`.
 */
const operationsOf = (markdown: string): string[] => {
  const blocks = [...markdown.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block).join('\n')
  const plain = [...blocks.matchAll(/'query=([^']*)'/g)].map(([, text = '']) => text)
  const json = [...blocks.matchAll(/"query": ("(?:[^"\\]|\\.)*")/g)].map(
    ([, text = '']) => JSON.parse(text) as string,
  )
  const script = [...blocks.matchAll(/const query = "([^"]*)"/g)].map(([, text = '']) => text)
  return [...plain, ...json, ...script]
}

test('the README has 250 lines at most', () => {
  expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(250)
})

test('every GraphQL operation of the README fits the schema, and what one may cost', () => {
  const operations = operationsOf(readme)
  expect(operations).toHaveLength(8)
  const kinds = operations.map((text) => {
    const document = parse(text)
    expect(validate(schema, document), text).toEqual([])
    const definition = getOperationAST(document)!
    expect(priceOf(schema, text), text).toBeLessThan(MAX_COST)
    return definition.operation
  })
  expect(new Set(kinds)).toEqual(new Set(['query', 'mutation', 'subscription']))
})

test('docs/errors.md lists exactly the codes that can be sent, with their status', () => {
  const rows = namedRows(read('docs/errors.md'))
  const graphqlCodes = new Set(read('src/graphql/errors.ts').match(/\bGRAPHQL_[A-Z_]+/g))
  const expected = [
    ...Object.entries(errorCodes).map(([code, { status }]) => `${code} ${status}`),
    ...[...graphqlCodes].map((code) => `${code} 400`),
  ]
  const withStatus = rows.filter((row) => row.length === 4).map((row) => `${bare(row[0])} ${row[1]}`)
  expect(withStatus.toSorted()).toEqual(expected.toSorted())
  for (const [code, , meaning] of rows.filter((row) => row.length === 4))
    if (!bare(code).startsWith('GRAPHQL_'))
      expect(meaning).toBe(errorCodes[bare(code) as keyof typeof errorCodes].meaning)
  const ofItems = rows.filter((row) => row.length === 3).map((row) => bare(row[0]))
  expect(ofItems.toSorted()).toEqual(itemErrorCodes.toSorted())
  for (const row of rows)
    expect(
      row.every((cell) => cell !== ''),
      row[0],
    ).toBe(true)
})

/** The second cells of the tables of a page, by the first ones, without remarks. */
const secondCells = (markdown: string): ReadonlyMap<string, string> =>
  new Map(
    [...markdown.matchAll(/^\| ([^|]+?) \| ([^|]+?) \|/gm)].map(([, what = '', value = '']) => [what, value]),
  )

const number = (value: number): string => value.toLocaleString('en-US')
const seconds = (ms: number): string => `${ms / 1_000} s`
const byDefault = (name: keyof typeof settings): number => settings[name].schema.parse(undefined) as number

test('docs/limits.md says the numbers of the code', () => {
  const told = secondCells(read('docs/limits.md'))
  const labels: Record<keyof typeof documentLimits, string> = {
    characters: 'characters',
    lines: 'lines',
    nameCharacters: 'characters of a name',
    tokens: 'tokens',
    depth: 'levels of fields',
    aliases: 'aliases, `__typename` included',
    fields: 'fields, after fragments are spread',
    repeatedFields: 'the same field in one place',
    mergedFields: 'the same field in one place, with the fragments in it',
    rootFields: 'root fields',
    directives: 'directives',
    variables: 'variables',
    listItems: 'items of a list literal',
    literalDepth: 'levels of a literal',
  }
  for (const [name, limit] of Object.entries(documentLimits))
    expect([name, told.get(labels[name as keyof typeof labels])]).toEqual([name, number(limit)])
  expect(told.get('values in the variables')).toBe(number(variableLimits.values))
  expect(told.get('characters of a text in the variables')).toBe(number(variableLimits.text))
  expect(told.get('levels of the variables')).toBe(number(variableLimits.depth))
  expect(told.get('the headers of a request')).toBe(seconds(defaultTimeouts.headersMs))
  expect(told.get('a whole request')).toBe(seconds(defaultTimeouts.requestMs))
  expect(told.get('a client that takes nothing of its answer')).toBe(seconds(defaultTimeouts.unreadMs))
  expect(told.get('`connection_init` on a WebSocket')).toBe(seconds(defaultTimeouts.connectionInitMs))
  expect(told.get('the answer to a ping of a WebSocket')).toBe(seconds(defaultTimeouts.pingMs))
  expect(told.get('a query or mutation')).toBe(
    `\`OPERATION_TIMEOUT_MS\`, ${seconds(byDefault('OPERATION_TIMEOUT_MS'))}`,
  )
  for (const name of ['RATE_LIMIT_COST', 'RATE_LIMIT_REQUESTS', 'RATE_LIMIT_ROWS'] as const)
    expect(read('docs/limits.md')).toContain(`| \`${name}\` | ${number(byDefault(name))} |`)
  expect(read('docs/limits.md')).toContain(`One operation may cost ${number(MAX_COST)}`)
})

test('docs/realtime.md has a row for each topic, and clickhouse/README.md for each table of facts', () => {
  const topics = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.topics.ts'))
    .flatMap((name) => [...read(join('src', name)).matchAll(/^ +name: '(.+)',$|Topic\(\{ name: '(.+?)'/gm)])
    .map(([, own, short]) => own ?? short!)
  const rows = [...read('docs/realtime.md').matchAll(/^\| `([a-z-]+)` \| .* `hg:\{t:<tenant>:\1\}:/gm)]
  expect(new Set(rows.map(([, name]) => name))).toEqual(new Set([...topics, firehose.topic.name]))
  const tables = [...read('clickhouse/schema.sql').matchAll(/^CREATE TABLE (?:\w+\.)?(\w+)/gm)].map(
    ([, name]) => name!,
  )
  const page = read('clickhouse/README.md')
  for (const table of tables) expect(page, table).toMatch(new RegExp(`^\\|.*\`${table}\`.*\\|`, 'm'))
  expect(tables.length).toBeGreaterThan(10)
})

test('docker-compose.yml pins every image and opens no port but the program to other machines', () => {
  const lines = read('docker-compose.yml').split('\n')
  const images = lines.flatMap((line) => /^ +image: (\S+)$/.exec(line)?.[1] ?? [])
  expect(images).toHaveLength(6)
  for (const image of images) expect(image).toMatch(/:[\w.-]*\d[\w.-]*$/)
  const ports = lines.flatMap((line) => /^ +- '([^']*:\d+)'$/.exec(line)?.[1] ?? [])
  expect(lines.filter((line) => line.trim() === 'ports:')).toHaveLength(ports.length)
  expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual(['${HELIOGRAPH_PORT:-4000}:4000'])
  const base = read('Dockerfile').match(/^FROM (\S+)/gm)
  expect(new Set(base)).toEqual(new Set(['FROM node:24.21.0-bookworm-slim']))
})

test('every link between the documents leads to a file that is there', () => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    'clickhouse/README.md',
    ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => join('docs', name)),
  ]
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target = '']) => join(dirname(page), target))
      .filter((target) => !statSync(join(root, target), { throwIfNoEntry: false }))
      .map((target) => `${page}: ${target}`),
  )
  expect(broken).toEqual([])
})
