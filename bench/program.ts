import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp } from '../src/app.ts'
import { operator } from '../src/auth/actor.ts'
import { trustedPermit } from '../src/auth/permit.ts'
import { createMigrations } from '../src/cli/migrations.ts'
import { openStores } from '../src/cli/stores.ts'
import { loadConfig } from '../src/config.ts'
import { createLogger } from '../src/platform/logger.ts'
import { createSeed } from '../tests/testkit/seed.ts'

/**
 * The whole program in this thread, on its own stores in a throwaway folder, with a key that may read and
 * write.
 */
export const openProgram = async (settings: Record<string, string> = {}) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'heliograph-bench-'))
  chmodSync(dataDir, 0o711) // as root: the user that Postgres runs as must pass through
  const config = loadConfig({ PORT: '0', HELIOGRAPH_DATA_DIR: dataDir, LOG_LEVEL: 'error', ...settings })
  const log = createLogger({ level: 'error', format: 'pretty' })
  const stores = await openStores({ config, log, onProgress: () => undefined, mode: 'own' })
  await createMigrations(stores).apply()
  const app = await createApp({ config, log, ...stores, secret: stores.secret() })
  const url = await app.listen()
  app.start()
  const tenant = await app.modules.tenants.service.create({ slug: 'attacked' })
  const { key } = await app.modules.apiKeys.service.issue(trustedPermit(tenant, operator), {
    name: 'Bench',
    scopes: ['read', 'write'],
    mode: 'test',
  })
  const stop = async (): Promise<void> => {
    await app.stop()
    await stores.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
  return { url, key, app, seed: createSeed(app.modules), databases: { ownerUrl: stores.ownerUrl! }, stop }
}
