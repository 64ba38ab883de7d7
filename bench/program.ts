import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp, type AppOptions } from '../src/app.ts'
import { operator } from '../src/auth/actor.ts'
import type { Passwords } from '../src/auth/passwords.ts'
import { trustedPermit } from '../src/auth/permit.ts'
import { createMigrations } from '../src/cli/migrations.ts'
import { openStores } from '../src/cli/stores.ts'
import { loadConfig } from '../src/config.ts'
import { findStack } from '../src/embedded/state.ts'
import { connectClickHouse } from '../src/platform/clickhouse/client.ts'
import { createLogger } from '../src/platform/logger.ts'
import { createSeed } from '../tests/testkit/seed.ts'

type Urls = Readonly<Record<'postgresUrl' | 'redisUrl' | 'clickhouseUrl', string>>
type Lines = { readonly through: (urls: Urls) => Promise<Urls>; readonly close: () => Promise<void> }

/**
 * The whole program in this thread, on its own stores in a folder that goes however this process ends, with a key
 * that may read and write. `lines` are other ways to the stores: ClickHouse is spoken to over HTTP then.
 */
export const openProgram = async (
  options: {
    settings?: Record<string, string>
    /** In place of one that writes errors to standard error. */
    log?: AppOptions['log']
    passwords?: Passwords
    lines?: Lines
  } = {},
) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'heliograph-bench-'))
  chmodSync(dataDir, 0o711) // as root: the user that Postgres runs as must pass through
  const {
    settings = {},
    log = createLogger({ level: 'error', format: 'pretty' }),
    passwords,
    lines,
  } = options
  const config = loadConfig({ ...settings, PORT: '0', HELIOGRAPH_DATA_DIR: dataDir, LOG_LEVEL: 'error' })
  const stores = await openStores({ config, log, onProgress: () => undefined, mode: 'own', throwaway: true })
  await createMigrations(stores).apply()
  const { postgresUrl, redisUrl } = stores
  const urls = await lines?.through({
    postgresUrl,
    redisUrl,
    clickhouseUrl: findStack(dataDir)!.clickhouseUrl!,
  })
  const clickHouse = urls ? connectClickHouse({ url: urls.clickhouseUrl, log }) : stores.clickHouse
  const app = await createApp({
    config,
    log,
    postgresUrl,
    redisUrl,
    ...urls,
    clickHouse,
    secret: stores.secret(),
    ...(passwords && { passwords }),
  })
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
    if (urls) await clickHouse.close()
    await lines?.close() // dead ones too, for which the store would wait
    await stores.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
  return {
    url,
    key,
    tenant,
    clickHouse,
    app,
    seed: createSeed(app.modules),
    databases: { ownerUrl: stores.ownerUrl! },
    stop,
  }
}
