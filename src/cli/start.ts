import { once } from 'node:events'
import type { Command } from 'commander'
import type { App } from '../app.ts'
import { loadConfig, nearSettings, type Config } from '../config.ts'
import type { DemoCollector, DemoState, runDemo } from '../demo/demo.ts'
import { folderError } from '../embedded/folder.ts'
import { createLogger, type Logger } from '../platform/logger.ts'
import { announceServing, withdrawServing } from '../server/serving.ts'
import { channelAdvice } from './channel-advice.ts'
import { assertGiven } from './given.ts'
import { createMigrations } from './migrations.ts'
import { number } from './number.ts'
import { createProgressLine, type ProgressLine } from './output.ts'
import { createStopSignal } from './stop-signal.ts'
import { assertStartable, openStores, type OpenStores } from './stores.ts'

type Flags = {
  port?: string
  host?: string
  dataDir?: string
  demo: boolean
  logFormat?: 'json' | 'pretty'
  speed: number
}

const summary = (
  url: string,
  config: Config,
  demo: (DemoState & { messages: string }) | undefined,
  seconds: string,
): string => {
  const lines = [
    '',
    `  Heliograph is ready after ${seconds} s`,
    '',
    ...(config.GRAPHIQL ? [`  GraphiQL      ${url}/graphql`] : []),
    `  GraphQL       ${url}/graphql         (HTTP, WebSocket, SSE)`,
    `  Ingest        ${url}/ingest/<dataset>`,
    `  Health        ${url}/health/ready`,
  ]
  if (demo)
    lines.push(
      `  Messages      ${demo.messages}/         (what a channel of the demo was sent)`,
      `  Demo API key  ${demo.apiKey}`,
      '',
      '  Three things to try',
      `  1  Open GraphiQL: the key is filled in. Run the tab LiveViewers and watch the number move.`,
      `  2  Ask from here:`,
      `     curl -s ${url}/graphql -H 'authorization: Bearer ${demo.apiKey}' -H 'content-type: application/json' \\`,
      `       -d '{"query":"{ analytics { viewersNow(by: STREAM, first: 5) { total groups { key viewers } } } }"}'`,
      `  3  Watch incidents open and resolve: the tab LiveIncidents (one every few minutes).`,
    )
  else
    lines.push(
      '',
      '  Make a tenant and a key:',
      '     bin/heliograph tenant create acme',
      '     bin/heliograph api-key create --tenant acme --scopes read,write,ingest',
    )
  return [...lines, '', '  Ctrl-C stops everything.', '', ''].join('\n')
}

/** Runs the demo beside the server until it is told to stop; it never takes the server down. */
const startDemo = (options: {
  run: typeof runDemo
  app: App
  state: DemoState
  config: Config
  speed: number
  log: Logger
  progress: ProgressLine
  signal: AbortSignal
}) => {
  const { run, app, state, config, speed, log, progress, signal } = options
  let filling = true
  return run({
    app,
    state,
    dataDir: config.dataDir,
    speed,
    log,
    signal,
    onProgress: ({ phase, fraction, rows }) => {
      if (!filling) return
      if (phase === 'history')
        return progress.update(
          `Filling in a day of demo history: ${Math.round(fraction * 100)} %, ${rows} rows`,
        )
      filling = false
      progress.note('The demo is live.')
    },
  }).catch((error: unknown) => log.error({ err: error }, 'the demo has stopped; the server goes on'))
}

/** Half a second of work: while the stores get ready, and after what can't be started was told. */
const loadProgram = async () => {
  const [app, demo] = await Promise.all([import('../app.ts'), import('../demo/demo.ts')])
  return { ...app, ...demo }
}

const serve = async (flags: Flags): Promise<void> => {
  const startedAt = performance.now()
  const config = loadConfig({
    PORT: flags.port,
    HOST: flags.host,
    HELIOGRAPH_DATA_DIR: flags.dataDir,
    LOG_FORMAT: flags.logFormat ?? (process.stdout.isTTY ? 'pretty' : undefined),
  })
  const log = createLogger({ level: config.LOG_LEVEL, format: config.LOG_FORMAT })
  const progress = createProgressLine()
  const note = (text: string): void => progress.note(text)
  let noticeMs = 0
  const stopping = createStopSignal((signal) => {
    if (signal === 'SIGTERM') noticeMs = config.SHUTDOWN_NOTICE_MS // a person at Ctrl-C balances no load
    note(`Stopping (${signal}); once more, in a second or later, ends it at once.`)
  })
  let stores: OpenStores | undefined
  let app: App | undefined
  let demo: Promise<void> | undefined
  let collector: DemoCollector | undefined

  const stop = async (): Promise<void> => {
    app?.health.setPhase('draining')
    try {
      await demo
      await withdrawServing(config.dataDir)
      await app?.stop(noticeMs)
      await collector?.stop()
    } finally {
      await stores?.close()
    }
  }

  for (const { name, nearest } of nearSettings())
    log.warn(`${name} is no setting of this program; if ${nearest} is meant, set that`)
  try {
    await assertGiven(config)
    await assertStartable(config)
    stores = await openStores({
      config,
      log,
      onProgress: note,
      mode: 'own',
      // What fails here fails again below, where it is told.
      onLaunched: () => void loadProgram().catch(() => undefined),
    })
    if (stopping.aborted) return
    const { createApp, runDemo: run, seedDemo, startDemoCollector } = await loadProgram()
    if (stopping.aborted) return
    const migrations = createMigrations(stores)
    const applied = await migrations.apply()
    if (applied.length > 0) note(`Applied ${applied.length} migrations`)
    await migrations.assertSafe()
    const { postgresUrl, redisUrl, clickHouse } = stores
    const secret = stores.secret()
    collector = flags.demo ? await startDemoCollector() : undefined
    app = await createApp({
      config,
      log,
      postgresUrl,
      redisUrl,
      clickHouse,
      secret,
      ...(collector && { notifyTargets: collector.networks }),
    })
    // Only who signs or sends needs the secret; better told now than at the first sign-in or message.
    const roles = config.HELIOGRAPH_ROLES
    const sends = roles.includes('notifications')
    if (sends || roles.includes('server')) await app.signingKeys.assertSecret()
    const advice = sends && channelAdvice(await app.modules.notifications.service.lockedChannels())
    if (advice) log.warn(advice)
    const state =
      collector && !stopping.aborted ? await seedDemo(app.modules, config.dataDir, { collector }) : undefined
    if (state) app.prefillKey(state.apiKey)
    if (stopping.aborted) return
    const url = await app.listen()
    await announceServing(config.dataDir, url).catch((error: unknown) => {
      throw folderError({ path: config.dataDir, named: '--data-dir (HELIOGRAPH_DATA_DIR)' }, error)
    })
    app.start()
    progress.clear()
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    log.info({ url, seconds: Number(seconds) }, 'ready')
    const shown = state && collector && { ...state, messages: collector.url }
    process.stderr.write(summary(url, config, shown, seconds))
    if (state)
      demo = startDemo({ run, app, state, config, speed: flags.speed, log, progress, signal: stopping })
    if (!stopping.aborted) await once(stopping, 'abort')
  } finally {
    await stop()
  }
}

export const registerStart = (program: Command): void => {
  program
    .command('start')
    .description('Start the program, with its own stores unless they are given, and serve')
    .option('--port <port>', 'port of HTTP, WebSocket and SSE; 0 for any free one (PORT, default 4000)')
    .option('--host <host>', 'address to listen on (HOST, default 127.0.0.1)')
    .option(
      '--data-dir <folder>',
      'where the embedded stores keep their data (HELIOGRAPH_DATA_DIR, default .heliograph)',
    )
    .option('--no-demo', 'without the demo tenant and its simulation')
    .option('--speed <factor>', 'how fast the demo lives, 0.1 to 100', number(0.1, 100, false), 1)
    .option('--log-format <format>', 'json or pretty (LOG_FORMAT; pretty on a terminal)')
    .action(serve)
}
