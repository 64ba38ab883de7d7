import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

const postgres = 'platform/postgres/postgres.ts'
const clickHouse = 'platform/clickhouse/client.ts'
const service = 'modules/a/x.service.ts'
const schema = 'modules/a/x.schema.ts'
const store = 'modules/a/x.store.ts'
const queries = 'modules/a/x.queries.ts'

/** Who must not import what: both below src/, but for packages. */
const crossings = [
  ['a service', 'Postgres', service, postgres],
  ['a service', "Postgres' driver", service, 'pg'],
  ['a service', 'SQL under a scope', service, 'platform/postgres/scope.ts'],
  ['a service', 'SQL in a transaction', service, 'platform/postgres/run.ts'],
  ['a service', 'rows of any table', service, 'platform/postgres/rows.ts'],
  ['a service', 'ClickHouse', service, clickHouse],
  ['a service', 'Redis', service, 'ioredis'],
  ['a resolver', 'Postgres', schema, postgres],
  ['a resolver', 'SQL under a scope', schema, 'platform/postgres/scope.ts'],
  ['a resolver', 'ClickHouse', schema, clickHouse],
  ['a resolver', "its domain's store", schema, store],
  ['a resolver', "another domain's store", schema, 'modules/b/y.store.ts'],
  ['a resolver', "another domain's queries", schema, 'modules/b/y.queries.ts'],
  ['a resolver', 'the internals of the graph', schema, 'graphql/internals.ts'],
  ['a store', 'ClickHouse', store, clickHouse],
  ['a store', "another domain's store", store, 'modules/b/y.store.ts'],
  ['a queries file', 'Postgres', queries, postgres],
  ['a queries file', "another domain's queries", queries, 'modules/b/y.queries.ts'],
  ['a domain', "another domain's store", service, 'modules/b/y.store.ts'],
  ['a domain', 'the server', service, 'server/http.ts'],
  ['a domain', 'the demo', 'modules/a/a.ts', 'demo/demo.ts'],
  ['the graph', 'a domain', 'graphql/x.ts', 'modules/a/x.schema.ts'],
  ['a plugin of the graph', 'a domain', 'graphql/plugins/x.ts', 'modules/a/x.service.ts'],
  ['the graph', 'the modules', 'graphql/x.ts', 'modules/modules.ts'],
  ['the graph', 'the server', 'graphql/x.ts', 'server/http.ts'],
  ['the graph', 'Postgres', 'graphql/x.ts', postgres],
  ['the server', 'ingest', 'server/x.ts', 'ingest/body.ts'],
  ['the server', 'a domain', 'server/x.ts', service],
  ['the server', 'Postgres', 'server/x.ts', postgres],
  ['ingest', 'a domain', 'ingest/x.ts', service],
  ['ingest', 'Postgres', 'ingest/x.ts', postgres],
  ['auth', 'ClickHouse', 'auth/x.ts', clickHouse],
  ['platform', 'a domain', 'platform/x.ts', service],
  ['platform', 'auth', 'platform/bus/x.ts', 'auth/viewer.ts'],
  ['the program', 'its tests', 'cli/x.ts', '../tests/testkit/app.ts'],
  // One name of a file that may be imported otherwise.
  ['a domain', 'the maker of tenant ids', service, 'platform/ids.ts', 'trustTenantId'],
  ['the graph', 'the maker of permits', 'graphql/x.ts', 'auth/permit.ts', 'trustedPermit'],
  ['a resolver', 'the maker of permits', schema, 'auth/permit.ts', 'trustedPermit'],
  ['a store', 'the maker of permits', store, 'auth/permit.ts', 'trustedPermit'],
  ['the server', 'the maker of permits', 'server/x.ts', 'auth/permit.ts', 'trustedPermit'],
] as const

/** What each role has to reach. */
const doors = [
  ['a store', 'Postgres', store, postgres],
  [
    'the audit log',
    'the transaction of the change',
    'modules/audit/audit.append.ts',
    'platform/postgres/run.ts',
  ],
  ['a queries file', 'ClickHouse', queries, clickHouse],
  ['ingest', 'ClickHouse', 'ingest/x.ts', clickHouse],
  ['a domain', 'its store', 'modules/a/a.ts', store],
  ['a service', "another domain's service", service, 'modules/b/y.service.ts'],
  ['the graph', 'the permits that are checked', 'graphql/x.ts', 'auth/permit.ts', 'permit'],
  ['the schema', 'the modules', 'graphql/schema.ts', 'modules/modules.ts'],
] as const

/** What may be named, and not reached. */
const types = [
  ['a resolver', "the rows of its domain's store", schema, store],
  ['the graph', 'the modules', 'graphql/x.ts', 'modules/modules.ts'],
  ['the server', 'ingest', 'server/x.ts', 'ingest/route.ts'],
] as const

const isPackage = (imported: string): boolean => !imported.endsWith('.ts')
const pathTo = (file: string, imported: string): string => {
  if (isPackage(imported)) return imported
  const [from, to] = [dirname(file).split('/'), imported.split('/')]
  while (from.length > 0 && from[0] === to[0]) [from, to].forEach((path) => path.shift())
  return `${from.length > 0 ? from.map(() => '..').join('/') : '.'}/${to.join('/')}`
}

let folder: string
let refused: Set<string>
/**
 * Every try is a file of its own, so that lint runs once. A file's role is its folder and its suffix: the
 * rest of its name is free.
 */
const fileOf = (kind: string, index: number, file: string): string =>
  ['modules/audit/audit.append.ts', 'graphql/schema.ts'].includes(file)
    ? join('src', file)
    : join('src', dirname(file), file.split('/').at(-1)!.replace(/^\w+/, `${kind}${index}`))

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heliograph-walls-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  symlinkSync(join(root, 'oxlint.config.ts'), join(folder, 'oxlint.config.ts'))
  const write = (kind: string, tries: readonly (readonly string[])[]): void => {
    for (const [index, [, , file, imported, name = 'x']] of tries.entries()) {
      const path = join(folder, fileOf(kind, index, file!))
      mkdirSync(dirname(path), { recursive: true })
      const [what, use] =
        kind === 'type' ? ['type { ', `export type Y = ${name}`] : ['{ ', `export const y = ${name}`]
      writeFileSync(path, `import ${what}${name} } from '${pathTo(file!, imported!)}'\n${use}\n`)
    }
  }
  write('wall', crossings)
  write('door', doors)
  write('type', types)
  const { stdout, stderr } = spawnSync(join(root, 'node_modules/.bin/oxlint'), ['--format', 'json', 'src'], {
    cwd: folder,
    encoding: 'utf8',
  })
  if (!stdout.startsWith('{')) throw new Error(`oxlint did not run: ${stdout}${stderr}`)
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code?: string; filename: string }[] }
  refused = new Set(
    diagnostics.filter(({ code }) => code?.includes('no-restricted-imports')).map(({ filename }) => filename),
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const tried = (kind: string, tries: readonly (readonly string[])[]) =>
  tries.map(([who, what, file], index) => ({ who, what, file, path: fileOf(kind, index, file!) }))

test.each(tried('wall', crossings))('lint refuses $who that reaches for $what ($file)', ({ path }) =>
  expect([...refused]).toContain(path),
)

test.each(tried('door', doors))('lint lets $who reach $what ($file)', ({ path }) =>
  expect([...refused]).not.toContain(path),
)

test.each(tried('type', types))('lint lets $who name the type of $what ($file)', ({ path }) =>
  expect([...refused]).not.toContain(path),
)
