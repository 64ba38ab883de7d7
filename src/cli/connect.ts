import { loadConfig } from '../config.ts'
import { loadDemoState } from '../demo/demo.ts'
import { AppError } from '../platform/errors.ts'
import { readServing } from '../server/serving.ts'
import type { ConnectOptions } from './ingest/flags.ts'

/**
 * Where a command sends and with which key: flags, then the environment, then the program running on the data
 * folder. The key needs the scope.
 */
export const connectWith =
  (scope: 'ingest' | 'read' | 'write') =>
  async (options: ConnectOptions): Promise<{ url: string; apiKey: string }> => {
    const config = loadConfig({
      HELIOGRAPH_URL: options.url,
      HELIOGRAPH_API_KEY: options.apiKey,
      HELIOGRAPH_DATA_DIR: options.dataDir,
    })
    const url = config.HELIOGRAPH_URL ?? (await readServing(config.dataDir))
    const apiKey = config.HELIOGRAPH_API_KEY ?? (await loadDemoState(config.dataDir))?.apiKey
    if (!url)
      throw new AppError(
        'STORE_UNAVAILABLE',
        'No program runs on this data folder. Start it with "npm start", or name one with --url.',
      )
    if (!apiKey)
      throw new AppError(
        'UNAUTHENTICATED',
        `Name a key with --api-key or HELIOGRAPH_API_KEY. "heliograph api-key create --tenant <slug> --scopes ${scope}" makes one.`,
      )
    return { url: url.replace(/\/$/, ''), apiKey }
  }
