import type { Command } from 'commander'
import { loadConfig, type Config } from '../config.ts'
import { systemClock } from '../platform/clock.ts'
import { createLogger, type Logger } from '../platform/logger.ts'
import { createChanges } from '../modules/audit/audit.change.ts'
import { createAuditService, type AuditService } from '../modules/audit/audit.service.ts'
import { createAuditStore } from '../modules/audit/audit.store.ts'
import {
  createAccountSwitchService,
  type AccountSwitchService,
} from '../modules/identity/account-switch.service.ts'
import { createAccountSwitchStore } from '../modules/identity/account-switch.store.ts'
import { createAccountStore } from '../modules/identity/account.store.ts'
import { createApiKeyService, type ApiKeyService } from '../modules/identity/api-key.service.ts'
import { createApiKeyStore } from '../modules/identity/api-key.store.ts'
import { createTenantService, type TenantService } from '../modules/tenancy/tenant.service.ts'
import { isDataFolder } from '../embedded/state.ts'
import { assertGiven } from './given.ts'
import { createTenantStore } from '../modules/tenancy/tenant.store.ts'
import { platformTenant, type TenantId } from '../platform/ids.ts'
import { AppError } from '../platform/errors.ts'
import { createPostgres } from '../platform/postgres/postgres.ts'
import { createMigrations } from './migrations.ts'
import { createProgressLine, formatTable, printResult } from './output.ts'
import { openStores, type OpenStores } from './stores.ts'

export type CommonFlags = { dataDir?: string; json?: boolean }

/** The flags that every operator command has. */
export const withCommonFlags = (command: Command): Command =>
  command
    .option('--data-dir <folder>', 'data folder of the embedded stores; a running program on it is used')
    .option('--json', 'answer with one line of JSON')

const assertStores = ({ DATABASE_URL, CLICKHOUSE_URL, REDIS_URL, dataDir }: Config): void => {
  if ((DATABASE_URL && CLICKHOUSE_URL && REDIS_URL) || isDataFolder(dataDir)) return
  throw new AppError(
    'NOT_FOUND',
    `There is no data in ${dataDir}. Name the folder with --data-dir, or start the program on it first.`,
  )
}

/** Opens the stores for one command and closes them after it, whatever happens. */
export const withStores = async <T>(
  flags: CommonFlags,
  work: (stores: OpenStores, deps: { config: Config; log: Logger }) => Promise<T>,
  /** `makes`: for commands that begin something; all others don't make a stack in a mistyped folder. */
  options: { makes?: boolean } = {},
): Promise<T> => {
  const config = loadConfig({ HELIOGRAPH_DATA_DIR: flags.dataDir, LOG_FORMAT: 'pretty' })
  const log = createLogger({ level: 'warn', format: 'pretty' })
  const progress = createProgressLine()
  if (!options.makes) assertStores(config)
  await assertGiven(config)
  const stores = await openStores({ config, log, mode: 'join', onProgress: (text) => progress.note(text) })
  try {
    return await work(stores, { config, log })
  } finally {
    await stores.close()
  }
}

/**
 * The services that operator commands use, on a database that is migrated first. A command that `reads` finds
 * it so, and changes nothing.
 */
export const withServices = <T>(
  flags: CommonFlags,
  work: (services: Services, stores: OpenStores) => Promise<T>,
  { makes = false, reads = false }: { makes?: boolean; reads?: boolean } = {},
): Promise<T> =>
  withStores(
    flags,
    async (stores, { log }) => {
      const migrations = createMigrations(stores)
      await (reads ? migrations.assertApplied() : migrations.apply())
      const postgres = createPostgres({ url: stores.postgresUrl, log, poolSize: 2 })
      const audit = createAuditStore({ postgres })
      // No command writes an event; were there one, the relay of a running program finds it by itself.
      const changes = createChanges({ postgres, poke: () => undefined })
      const tenants = createTenantStore({ postgres, changes })
      try {
        const services = {
          tenants: createTenantService({ store: tenants, clock: systemClock }),
          apiKeys: createApiKeyService({
            store: createApiKeyStore({ postgres, changes }),
            clock: systemClock,
          }),
          audit: createAuditService({ store: audit, log }),
          accounts: createAccountSwitchService({
            store: createAccountSwitchStore({ postgres }),
            accounts: createAccountStore({ postgres }),
            membershipsOf: tenants.membershipsOf,
            audit: audit.append,
            clock: systemClock,
          }),
        }
        return await work(services, stores)
      } finally {
        await postgres.close()
      }
    },
    { makes },
  )
export type Services = {
  tenants: TenantService
  apiKeys: ApiKeyService
  audit: AuditService
  accounts: AccountSwitchService
}

/** Whose chain of the audit log a slug names. That of the platform is a tenant to nothing else. */
export const chainNamed = async (tenants: TenantService, slug: string): Promise<TenantId> =>
  slug === '@platform' ? platformTenant : tenants.bySlug(slug)

/** The chain that a flag names, or all of them. */
export const chainsOf = async (
  tenants: TenantService,
  slug: string | undefined,
): Promise<{ tenant: TenantId; slug: string }[]> =>
  slug === undefined ? tenants.chains() : [{ tenant: await chainNamed(tenants, slug), slug }]

export const registerMigrate = (program: Command): void => {
  withCommonFlags(program.command('migrate').description('Bring both databases to this version'))
    .option('--status', 'only tell which migrations are applied, pending, edited or failed')
    .option('--retry-failed', 'try again a ClickHouse migration that failed, after its cause is mended')
    .option('--test', 'only test whether both databases answer and the role is safe')
    .action(async (flags: CommonFlags & { status?: boolean; test?: boolean; retryFailed?: boolean }) =>
      withStores(
        flags,
        async (stores) => {
          const migrations = createMigrations(stores)
          if (flags.test) {
            await stores.clickHouse.ping()
            await migrations.assertSafe()
            return printResult(
              flags,
              { ok: true },
              () => 'Both databases answer, and the role is held by row-level security.',
            )
          }
          if (flags.status) {
            const rows = await migrations.status()
            if (rows.some(({ state }) => state !== 'applied')) process.exitCode = 2
            return printResult(flags, rows, () =>
              formatTable(
                ['store', 'migration', 'state'],
                rows.map(({ store, name, state }) => [store, name, state]),
              ),
            )
          }
          const applied = await migrations.apply({ retryFailed: flags.retryFailed ?? false })
          printResult(flags, { applied }, () =>
            applied.length > 0
              ? `Applied ${applied.join(', ')}.`
              : 'Nothing to do: both databases are up to date.',
          )
        },
        { makes: !flags.status && !flags.test },
      ),
    )
}
