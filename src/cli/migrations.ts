import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClickHouseMigrations } from '../platform/clickhouse/migrate.ts'
import { AppError } from '../platform/errors.ts'
import { applyMigrations, migrationStatus } from '../platform/postgres/migrate.ts'
import { assertReachable } from '../platform/postgres/connect.ts'
import { isUpToDate } from '../platform/postgres/migration-history.ts'
import { withMigrationLock } from '../platform/postgres/migration-lock.ts'
import { assertProgramRole } from '../platform/postgres/role-check.ts'
import { grantProgramRole } from '../platform/postgres/role.ts'
import { toTheEnd } from '../platform/to-the-end.ts'
import type { OpenStores } from './stores.ts'

const prismaDir = fileURLToPath(new URL('../../prisma', import.meta.url))
const folder = fileURLToPath(new URL('../../clickhouse/migrations', import.meta.url))

export type MigrationRow = { store: 'Postgres' | 'ClickHouse'; name: string; state: string }

/** The migrations of both stores. Those of Postgres need the owning role. */
export const createMigrations = ({
  ownerUrl,
  postgresUrl,
  clickHouse,
  onProgress,
}: Omit<OpenStores, 'secret' | 'onProgress'> & Partial<Pick<OpenStores, 'onProgress'>>) => {
  const lockUrl = ownerUrl ?? postgresUrl
  const lock = <T>(work: (lost: AbortSignal) => Promise<T>): Promise<T> =>
    withMigrationLock(lockUrl, work, { onProgress })
  const facts = createClickHouseMigrations({ clickHouse, folder })

  /** The migration engine tells of such things with its own stack trace only. */
  const reachable = () => assertReachable(lockUrl, ownerUrl ? 'DATABASE_OWNER_URL' : 'DATABASE_URL')

  const status = async (): Promise<MigrationRow[]> => {
    await reachable()
    const rows = await migrationStatus({ ownerUrl: lockUrl, prismaDir })
    return [
      ...rows.map(({ name, state }) => ({ store: 'Postgres' as const, name, state })),
      ...(await facts.status()).map(({ name, state }) => ({ store: 'ClickHouse' as const, name, state })),
    ]
  }

  /** Applies what is pending in both stores and answers the names. Throws CONFLICT with advice. */
  const apply = async (options: { retryFailed?: boolean } = {}): Promise<string[]> => {
    await reachable()
    await clickHouse.ensureDatabase()
    if (!ownerUrl) {
      const pending = (await status()).find(({ store, state }) => store === 'Postgres' && state !== 'applied')
      if (pending)
        throw new AppError(
          'CONFLICT',
          `Migration ${pending.name} of Postgres is ${pending.state}, and DATABASE_URL's role may not migrate. Set DATABASE_OWNER_URL to the owning role.`,
        )
      return lock((lost) => facts.apply({ ...options, lost }))
    }
    const entities = async (lost: AbortSignal): Promise<string[]> => {
      const names = await applyMigrations({ ownerUrl, prismaDir, onProgress, lost })
      lost.throwIfAborted()
      await grantProgramRole(ownerUrl, postgresUrl)
      return names
    }
    return lock(async (lost) => {
      const measured = () => facts.apply({ ...options, lost })
      // What Postgres refuses must leave the facts that are there as they are; where there are none, none waits for the other.
      if (await facts.isNew()) return (await toTheEnd([entities(lost), measured()])).flat()
      return [...(await entities(lost)), ...(await measured())]
    })
  }

  /** For what only reads: throws CONFLICT unless Postgres is at this version, and changes nothing. */
  const assertApplied = async (): Promise<void> => {
    await reachable()
    if (await isUpToDate(lockUrl, join(prismaDir, 'migrations'))) return
    throw new AppError(
      'CONFLICT',
      'Postgres is not at this version of the program, and what only reads changes nothing. Run "heliograph migrate"; with --status it tells what is pending.',
    )
  }

  return { status, apply, assertApplied, assertSafe: () => assertProgramRole(postgresUrl) }
}
