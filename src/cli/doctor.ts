import type { Command } from 'commander'
import { createPostgres } from '../platform/postgres/postgres.ts'
import { createRedis } from '../platform/redis/client.ts'
import { AppError } from '../platform/errors.ts'
import { expectedError } from '../graphql/errors.ts'
import { formatTable, printResult } from './output.ts'
import { withCommonFlags, withStores, type CommonFlags } from './operator.ts'

type Finding = {
  store: string
  status: 'up' | 'down'
  version: string
  latencyMs: number | null
  advice: string
}

const examine = async (store: string, ask: () => Promise<string>): Promise<Finding> => {
  try {
    await ask() // the first answer pays for the connection; people ask how fast the store is
    const startedAt = performance.now()
    const version = await ask()
    return {
      store,
      status: 'up',
      version,
      latencyMs: Math.round((performance.now() - startedAt) * 10) / 10,
      advice: '',
    }
  } catch (error) {
    const { message } =
      expectedError(error) ??
      (error instanceof AppError || error instanceof Error ? error : new Error(String(error)))
    return { store, status: 'down', version: '', latencyMs: null, advice: message }
  }
}

export const registerDoctor = (program: Command): void => {
  withCommonFlags(
    program.command('doctor').description('Tell which store answers, how fast, and which version it is'),
  ).action(async (flags: CommonFlags) =>
    withStores(
      flags,
      async ({ postgresUrl, ownerUrl, redisUrl, clickHouse }, { log }) => {
        const postgres = createPostgres({ url: ownerUrl ?? postgresUrl, log, poolSize: 1 })
        const redis = createRedis({ url: redisUrl, log })
        try {
          const findings = [
            await examine('Postgres', postgres.version),
            await examine('ClickHouse', () => clickHouse.version()),
            await examine('Redis', async () => {
              await redis.ready()
              return redis.version()
            }),
          ]
          if (findings.some(({ status }) => status === 'down')) process.exitCode = 1
          printResult(flags, findings, () =>
            formatTable(
              ['store', 'status', 'version', { header: 'ms', align: 'right' }, 'advice'],
              findings.map((each) => [
                each.store,
                each.status,
                each.version,
                each.latencyMs ?? '',
                each.advice,
              ]),
            ),
          )
        } finally {
          await Promise.all([postgres.close(), redis.close()])
        }
      },
      { existing: true },
    ),
  )
}
