import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { loadConfig } from '../config.ts'
import { findStack } from '../embedded/state.ts'
import { expectedError } from '../graphql/errors.ts'
import { AppError } from '../platform/errors.ts'
import { createLogger, type Logger } from '../platform/logger.ts'
import { createPostgres } from '../platform/postgres/postgres.ts'
import { createRedis } from '../platform/redis/client.ts'
import { readServing } from '../server/serving.ts'
import { withCommonFlags, type CommonFlags } from './operator.ts'
import { formatTable, printResult } from './output.ts'
import { chdbPath, notTold, openGivenClickHouse, tellIt } from './stores.ts'

type Finding = {
  /** Of the program, its state; of a store, its version. */
  name: 'program' | 'Postgres' | 'Postgres owner' | 'ClickHouse' | 'Redis'
  status: 'up' | 'down'
  version: string
  latencyMs: number | null
  advice: string
}
/** Asks what is there; `close` is called once. */
type Asked = { readonly ask: () => Promise<string>; readonly close?: () => Promise<void> }

const examine = async (name: Finding['name'], { ask, close }: Asked): Promise<Finding> => {
  try {
    await ask() // the first answer pays for the connection; people ask how fast it is
    const startedAt = performance.now()
    const version = await ask()
    const latencyMs = Math.round((performance.now() - startedAt) * 10) / 10
    return { name, status: 'up', version, latencyMs, advice: '' }
  } catch (error) {
    const { message } = expectedError(error) ?? (error instanceof Error ? error : new Error(String(error)))
    return { name, status: 'down', version: '', latencyMs: null, advice: message }
  } finally {
    await close?.()
  }
}

const down = (message: string): Asked => ({
  ask: () => Promise.reject(new AppError('STORE_UNAVAILABLE', message)),
})

const program = (url: string): Asked => ({
  ask: async () => {
    const signal = AbortSignal.timeout(5_000)
    const answer = await fetch(`${url}/health/ready`, { signal }).catch((cause: unknown) => {
      throw new AppError('STORE_UNAVAILABLE', `It does not answer at ${url}.`, { cause })
    })
    const { status } = (await answer.json()) as { status: string }
    if (answer.ok) return status
    throw new AppError('STORE_UNAVAILABLE', `At ${url} it is not ready: ${status}.`)
  },
})

const postgres = (url: string, log: Logger): Asked => {
  const opened = createPostgres({ url, log, poolSize: 1 })
  return { ask: opened.version, close: opened.close }
}

const redis = (url: string, log: Logger): Asked => {
  const opened = createRedis({ url, log })
  return { ask: () => opened.ready().then(opened.version), close: opened.close }
}

/** An engine makes the folder that it is given, and a look must not. */
const clickHouse = async (url: string, log: Logger): Promise<Asked> => {
  if (url.startsWith('chdb:') && !existsSync(chdbPath(url)))
    return down(`There is no folder ${chdbPath(url)}.`)
  const { clickHouse: opened, release } = await openGivenClickHouse(url, log)
  return { ask: () => opened.version(), close: () => opened.close().then(release) }
}

/** Looks, and neither starts nor makes anything: embedded stores are up while their program is. */
const look = async (flags: CommonFlags): Promise<Finding[]> => {
  const config = loadConfig({ HELIOGRAPH_DATA_DIR: flags.dataDir, LOG_FORMAT: 'pretty' })
  const { DATABASE_URL, DATABASE_OWNER_URL, CLICKHOUSE_URL, REDIS_URL, dataDir } = config
  const log = createLogger({ level: 'warn', format: 'pretty' })
  const stack = findStack(dataDir)
  const serving = await readServing(dataDir)
  const absent = `No program runs on ${dataDir}. Start it with "heliograph start", or name its folder with --data-dir.`
  const unknown = notTold(config, stack)
  const lost = (setting: string) => down(unknown.includes(setting) ? tellIt(dataDir, [setting]) : absent)
  // As the program asks, and as migrations do: each has a password of its own.
  const postgresUrl = DATABASE_URL ?? stack?.postgresOwnerUrl
  const ownerUrl = DATABASE_URL && DATABASE_OWNER_URL
  const clickHouseUrl = CLICKHOUSE_URL ?? stack?.clickhouseUrl
  const redisUrl = REDIS_URL ?? stack?.redisUrl
  // Where all stores are given, the program may run anywhere.
  const elsewhere = !serving && DATABASE_URL && CLICKHOUSE_URL && REDIS_URL
  return [
    ...(elsewhere ? [] : [await examine('program', serving ? program(serving) : down(absent))]),
    await examine('Postgres', postgresUrl ? postgres(postgresUrl, log) : lost('DATABASE_URL')),
    ...(ownerUrl ? [await examine('Postgres owner', postgres(ownerUrl, log))] : []),
    await examine(
      'ClickHouse',
      clickHouseUrl ? await clickHouse(clickHouseUrl, log) : lost('CLICKHOUSE_URL'),
    ),
    await examine('Redis', redisUrl ? redis(redisUrl, log) : lost('REDIS_URL')),
  ]
}

export const registerDoctor = (command: Command): void => {
  withCommonFlags(
    command
      .command('doctor')
      .description('Tell whether the program runs, which store answers, how fast, and which version it is'),
  ).action(async (flags: CommonFlags) => {
    const findings = await look(flags)
    if (findings.some(({ status }) => status === 'down')) process.exitCode = 1
    printResult(flags, findings, () =>
      formatTable(
        ['name', 'status', 'version', { header: 'ms', align: 'right' }, 'advice'],
        findings.map((each) => [each.name, each.status, each.version, each.latencyMs ?? '', each.advice]),
      ),
    )
  })
}
