import type { Logger } from '../platform/logger.ts'
import { startGateway } from './clickhouse-gateway.ts'
import type { ChdbPool, openChdb } from './clickhouse.ts'
import { packagedBinaries } from './postgres-home.ts'
import { StartError } from './start-error.ts'

/** The embedded ClickHouse, 500 MB, which images for given stores leave out. Throws StartError without it. */
export const loadEngine = async (): Promise<{ openChdb: typeof openChdb }> => {
  try {
    return await import('./clickhouse.ts')
  } catch (cause) {
    if (!['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes((cause as NodeJS.ErrnoException).code ?? ''))
      throw cause
    throw new StartError(
      'There is no embedded ClickHouse in this installation (npm package chdb): set CLICKHOUSE_URL to a server.',
      { cause },
    )
  }
}

/** Opens the engine of a data folder for this process, and for other processes of this machine at `url`. */
export const startEngine = async (options: {
  readonly path: string
  readonly readers: number | undefined
  readonly password: string
  readonly log: Logger
}): Promise<{ readonly pool: ChdbPool; readonly url: string; readonly stop: () => Promise<void> }> => {
  const { path, readers, password, log } = options
  const pool = (await loadEngine()).openChdb({ path, ...(readers !== undefined && { readers }) })
  try {
    const gateway = await startGateway({ pool, password, log })
    const stop = async (): Promise<void> => {
      try {
        await gateway.close() // with what it was asked
      } finally {
        await pool.close()
      }
    }
    return { pool, url: gateway.url, stop }
  } catch (error) {
    await pool.close()
    throw error
  }
}

/** Throws StartError with each store that can't be embedded here, before anything is made. */
export const assertEmbeddable = async (need: {
  readonly postgres: boolean
  readonly clickhouse: boolean
}): Promise<void> => {
  const found = await Promise.allSettled([
    need.postgres && (async () => packagedBinaries())(),
    need.clickhouse && loadEngine(),
  ])
  const failed = found.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []))
  const [first] = failed
  if (failed.length > 1 && failed.every((error) => error instanceof StartError))
    throw new StartError(failed.map(({ message }) => message).join('\n'), { cause: first })
  if (failed.length > 0) throw first
}
