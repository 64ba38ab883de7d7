import { loadConfig } from '../config.ts'
import { loadDemoState } from '../demo/demo.ts'
import { AppError } from '../platform/errors.ts'
import { readServing } from '../server/serving.ts'
import type { ConnectOptions } from './ingest/flags.ts'

/**
 * Where a command sends and with which key: flags, then the environment, then the program running on the data
 * folder, with its demo's key. The key needs the scope.
 */
export const connectWith =
  (scope: 'ingest' | 'read' | 'write') =>
  async (options: ConnectOptions): Promise<{ url: string; apiKey: string }> => {
    const config = loadConfig({
      HELIOGRAPH_URL: options.url,
      HELIOGRAPH_API_KEY: options.apiKey,
      HELIOGRAPH_DATA_DIR: options.dataDir,
    })
    const given = config.HELIOGRAPH_URL
    const url = given ?? (await readServing(config.dataDir))
    // The demo's key is good on its own program: one that somebody named is not shown it.
    const demo = given ? undefined : await loadDemoState(config.dataDir)
    const apiKey = config.HELIOGRAPH_API_KEY ?? demo?.apiKey
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
