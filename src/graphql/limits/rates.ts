import type { OutgoingHttpHeaders } from 'node:http'
import type { Config } from '../../config.ts'
import { AppError } from '../../platform/errors.ts'
import type { Logger } from '../../platform/logger.ts'
import type { RedisStore } from '../../platform/redis/client.ts'
import { createRate, type Rate, type RateState } from '../../platform/redis/rate.ts'

/** The rate limits of this program; undefined where a setting turns one off. */
export type Rates = {
  /** Points of cost, for each tenant; without a tenant, for each address. */
  readonly cost: Rate | undefined
  /** Requests, for each client address: HTTP requests, WebSocket upgrades, operations on a socket. */
  readonly requests: Rate | undefined
  /** Rows of ingest, for each tenant. */
  readonly rows: Rate | undefined
}

type Settings = Pick<Config, 'RATE_LIMIT_COST' | 'RATE_LIMIT_REQUESTS' | 'RATE_LIMIT_ROWS'>

export const createRates = (deps: { redis: RedisStore; log: Logger; config: Settings }): Rates => {
  const { redis, log, config } = deps
  const rate = (
    name: string,
    points: number,
    what: string,
    neverFits?: (limit: number) => AppError,
  ): Rate | undefined =>
    points === 0 ? undefined : createRate({ redis, log, name, points, what, ...(neverFits && { neverFits }) })
  return {
    cost: rate(
      'cost',
      config.RATE_LIMIT_COST,
      'points of cost a minute',
      (limit) =>
        new AppError(
          'QUERY_TOO_COSTLY',
          `This would cost more than the ${limit} points that there are in a minute. Ask for smaller pages, coarser steps or fewer fields.`,
          { details: { maxCost: String(limit) } },
        ),
    ),
    requests: rate('requests', config.RATE_LIMIT_REQUESTS, 'requests a minute from one address'),
    rows: rate(
      'rows',
      config.RATE_LIMIT_ROWS,
      'rows a minute',
      (limit) =>
        new AppError(
          'PAYLOAD_TOO_LARGE',
          `At most ${limit} rows a minute are taken. Send fewer items in a request.`,
        ),
    ),
  }
}

/** The names of draft-ietf-httpapi-ratelimit-headers-06; the reset is in seconds from now. */
export const rateHeaders = ({ limit, remaining, resetSeconds }: RateState): OutgoingHttpHeaders => ({
  'ratelimit-limit': String(limit),
  'ratelimit-remaining': String(remaining),
  'ratelimit-reset': String(resetSeconds),
})
