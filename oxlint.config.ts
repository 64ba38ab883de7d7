import { defineConfig } from 'oxlint'

/** What must not be imported, and what to do instead. `types` lets the type through: it names what is passed in. */
const walls = {
  postgres: {
    group: ['**/platform/postgres/{postgres,scope,run,rows}.ts', 'pg', '@prisma/adapter-pg'],
    message: "Only *.store.ts speaks to Postgres; ask the domain's store.",
  },
  clickHouse: {
    group: ['**/platform/clickhouse/*', '@clickhouse/client'],
    message: "Only *.queries.ts and ingest/ speak to ClickHouse; ask the domain's queries.",
  },
  redis: {
    group: ['graphql-redis-subscriptions', 'ioredis'],
    message: 'Redis is reached through platform/redis and platform/bus.',
  },
  foreignStores: {
    group: ['../*/*.store.ts', '../*/*.queries.ts'],
    message: "A domain's stores and queries are its own; go through its service or its schema types.",
  },
  stores: {
    group: ['./*.store.ts'],
    allowTypeImports: true, // the rows that a schema file exposes are the store's types
    message: 'A schema file asks `context.modules`: reads, queries, service or live.',
  },
  tenantIds: {
    group: ['**/platform/ids.ts'],
    importNames: ['trustTenantId'],
    message: 'A TenantId comes from a checked credential; pass the one you were given.',
  },
  permits: {
    group: ['**/auth/permit.ts'],
    importNames: ['trustedPermit'],
    message: 'Who asks through the graph has to be allowed: permitOf.',
  },
  hosts: {
    group: ['**/server/**', '**/embedded/**', '**/cli/**', '**/demo/**'],
    message: 'Domains and the graph know nothing of what serves or starts them.',
  },
  domains: {
    group: ['**/modules/*/**'],
    message: 'Only modules.ts knows the domains; put what both need into platform/ or graphql/.',
  },
  modules: {
    group: ['**/modules/modules.ts'],
    allowTypeImports: true,
    message: 'The graph gets the modules in its context; only schema.ts loads them.',
  },
  ingest: {
    group: ['**/ingest/**'],
    allowTypeImports: true,
    message: 'app.ts hands ingest to the server; what both need belongs to platform/.',
  },
  program: {
    group: ['**/graphql/**', '**/auth/**', '**/modules/**', '**/ingest/**'],
    message: 'platform/ knows no domain and no part of the program.',
  },
  internals: {
    group: ['**/graphql/internals.ts'],
    message: 'What the graph itself needs of the program; a resolver asks `context.modules`.',
  },
  tests: { group: ['**/tests/**'], message: 'The program knows nothing of its tests.' },
}
type Wall = keyof typeof walls

/** Holds files to walls; of several lines that name a file the last counts, whole. */
const held = (files: string | string[], ...names: Wall[]) => ({
  files: [files].flat(),
  rules: { 'no-restricted-imports': ['error', { patterns: names.map((name) => walls[name]) }] as never },
})

const domain: Wall[] = ['foreignStores', 'redis', 'tenantIds', 'hosts', 'permits', 'internals', 'tests']
const graph: Wall[] = ['postgres', 'clickHouse', 'redis', 'tenantIds', 'hosts', 'permits', 'tests']
const except = (walls: Wall[], open: Wall): Wall[] => walls.filter((wall) => wall !== open)

export default defineConfig({
  plugins: ['typescript', 'node', 'unicorn', 'oxc', 'import', 'promise'],
  categories: { correctness: 'error', suspicious: 'error', perf: 'warn' },
  ignorePatterns: ['generated/**', 'tests/graphql/**'],
  rules: {
    'no-await-in-loop': 'off',
    'typescript/no-unsafe-type-assertion': 'off',
    'no-shadow': 'off',
    'typescript/consistent-return': 'off',
    'oxc/no-map-spread': 'off',
    'typescript/unbound-method': 'off',
    'no-underscore-dangle': 'off',
    'import/no-named-as-default-member': 'off',
    'no-console': 'error',
    'no-empty': ['error', { allowEmptyCatch: false }],
    'node/no-process-env': 'error',
    'import/no-unassigned-import': 'off',
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/consistent-type-imports': 'error',
  },
  overrides: [
    { files: ['src/config.ts'], rules: { 'node/no-process-env': 'off' } },
    { files: ['src/cli/**', 'scripts/**', 'bench/**', 'tests/**'], rules: { 'no-console': 'off' } },
    { files: ['scripts/**', 'bench/**', 'tests/**'], rules: { 'node/no-process-env': 'off' } },
    held('src/**/*.ts', 'tests'),
    held('src/modules/*/**/*.ts', 'postgres', 'clickHouse', ...domain),
    held('src/modules/*/*.store.ts', 'clickHouse', ...domain),
    held('src/modules/audit/audit.{append,change,standing}.ts', 'clickHouse', ...domain), // one transaction with the change
    held('src/modules/tenancy/tenant.store.ts', 'clickHouse', ...except(domain, 'tenantIds')), // makes tenants
    held('src/modules/alerting/evaluator.store.ts', 'clickHouse', ...except(domain, 'tenantIds')), // of all tenants
    held('src/modules/notification-routing/routing.store.ts', 'clickHouse', ...except(domain, 'tenantIds')), // of all tenants
    held(
      ['src/modules/notifications/delivery.store.ts', 'src/modules/notifications/timeline.store.ts'],
      'clickHouse',
      ...except(domain, 'tenantIds'),
    ), // of all tenants
    held('src/modules/*/*.projection.ts', 'postgres', 'clickHouse', ...except(domain, 'permits')), // nobody asks: facts came
    held('src/modules/*/*.task.ts', 'postgres', 'clickHouse', ...except(domain, 'permits')), // nobody asks: the clock did
    held('src/modules/*/*.queries.ts', 'postgres', ...domain),
    held('src/modules/*/*.schema.ts', 'stores', 'postgres', 'clickHouse', ...domain),
    held('src/graphql/**/*.ts', 'domains', 'modules', ...graph),
    held('src/graphql/schema.ts', ...graph), // loads the domains
    held('src/graphql/internals.ts', 'domains', 'modules', ...except(graph, 'postgres')), // what the Prisma plugin selects with
    held('src/server/**/*.ts', 'domains', 'ingest', 'internals', ...except(graph, 'hosts')),
    held('src/ingest/**/*.ts', 'domains', 'postgres', 'tests'),
    held('src/auth/**/*.ts', 'clickHouse', 'redis', 'tests'),
    held('src/platform/**/*.ts', 'program', 'hosts', 'tests'),
    { files: ['src/**/*.test.ts', 'src/**/*.test-*.ts'], rules: { 'no-restricted-imports': 'off' } },
  ],
})
