import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heliograph-walls-'))
  copyFileSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const lint = (file: string, source: string): string => {
  const path = join(folder, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, source)
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/oxlint'), ['-c', '.oxlintrc.json', file], {
    cwd: folder,
    encoding: 'utf8',
  })
  return stdout
}

const crossings = [
  ['a service', 'Postgres', 'src/modules/a/x.service.ts', '../../platform/postgres/postgres.ts'],
  ['a service', 'ClickHouse', 'src/modules/a/x.service.ts', '../../platform/clickhouse/client.ts'],
  ['a schema', 'Postgres', 'src/modules/a/x.schema.ts', '../../platform/postgres/postgres.ts'],
  ['a schema', 'ClickHouse', 'src/modules/a/x.schema.ts', '../../platform/clickhouse/query.ts'],
  ['a store', 'ClickHouse', 'src/modules/a/x.store.ts', '../../platform/clickhouse/client.ts'],
  ['a queries file', 'Postgres', 'src/modules/a/x.queries.ts', '../../platform/postgres/postgres.ts'],
  ['a domain', "another domain's store", 'src/modules/a/x.service.ts', '../b/y.store.ts'],
  ['a domain', "another domain's queries", 'src/modules/a/x.schema.ts', '../b/y.queries.ts'],
  ['a domain', 'the server', 'src/modules/a/x.service.ts', '../../server/http.ts'],
  ['platform', 'a domain', 'src/platform/x.ts', '../modules/a/x.service.ts'],
  ['platform', 'auth', 'src/platform/x.ts', '../auth/viewer.ts'],
  ['the program', 'its tests', 'src/cli/x.ts', '../../tests/testkit/app.ts'],
  ['the graph', 'the server', 'src/graphql/x.ts', '../server/http.ts'],
  ['the graph', 'Postgres', 'src/graphql/x.ts', '../platform/postgres/postgres.ts'],
] as const

test.each(crossings)('lint refuses %s that reaches for %s', (_who, _what, file, imported) => {
  expect(lint(file, `import { x } from '${imported}'\nexport const y = x\n`)).toContain(
    'no-restricted-imports',
  )
})

test('lint refuses a domain that makes a tenant id of its own', () => {
  const source = `import { trustTenantId } from '../../platform/ids.ts'\nexport const y = trustTenantId\n`
  expect(lint('src/modules/a/x.service.ts', source)).toContain('no-restricted-imports')
})

test.each(['src/graphql/x.ts', 'src/modules/a/x.schema.ts', 'src/modules/a/x.store.ts', 'src/server/x.ts'])(
  'lint refuses a permit that %s makes past the table of actions',
  (file) => {
    const permit = file.startsWith('src/modules') ? '../../auth/permit.ts' : '../auth/permit.ts'
    const source = (name: string) => `import { ${name} } from '${permit}'\nexport const y = ${name}\n`
    expect(lint(file, source('trustedPermit'))).toContain('no-restricted-imports')
    expect(lint(file, source('permit'))).not.toContain('no-restricted-imports')
  },
)

test('lint lets each role reach what is its own', () => {
  const store = `import type { Postgres } from '../../platform/postgres/postgres.ts'\nexport type X = Postgres\n`
  const queries = `import type { ClickHouse } from '../../platform/clickhouse/client.ts'\nexport type X = ClickHouse\n`
  expect(lint('src/modules/a/x.store.ts', store)).not.toContain('no-restricted-imports')
  expect(lint('src/modules/a/x.queries.ts', queries)).not.toContain('no-restricted-imports')
})
