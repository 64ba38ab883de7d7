import type { ServerResponse } from 'node:http'
import type { Ingest } from '../ingest/ingest.ts'
import { AppError } from '../platform/errors.ts'

export type StoreCheck = () => Promise<unknown>
export type Health = {
  /** The process runs. Touches no store. */
  live(response: ServerResponse): void
  /** Each store with its latency; 503 while starting or draining, and when a store is down. */
  ready(response: ServerResponse): Promise<void>
  setPhase(phase: Phase): void
}
export type Phase = 'starting' | 'ready' | 'draining'

// A load balancer asks every few seconds; a store that takes longer than this is not healthy.
const CHECK_MS = 3_000

// No key is needed: however many ask, the stores are queried once.
const FRESH_MS = 1_000

const send = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  })
  response.end(JSON.stringify(body))
}

const inTime = async (check: StoreCheck): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new AppError('TIMED_OUT', `no answer within ${CHECK_MS} ms`)), CHECK_MS)
  })
  try {
    await Promise.race([check(), late]) // both are short-lived: the loser is collected with the timer
  } finally {
    clearTimeout(timer)
  }
}

const measure = async (check: StoreCheck) => {
  const startedAt = performance.now()
  try {
    await inTime(check)
    return { status: 'up' as const, latencyMs: Math.round((performance.now() - startedAt) * 10) / 10 }
  } catch (error) {
    return { status: 'down' as const, code: error instanceof AppError ? error.code : 'STORE_UNAVAILABLE' }
  }
}

export const createHealth = (deps: {
  stores: Readonly<Record<string, StoreCheck>>
  ingest: Pick<Ingest, 'lag' | 'health'>
}): Health => {
  let phase: Phase = 'starting'
  let freshUntil = 0
  let last: ReturnType<typeof ask> | undefined

  const ask = async () => {
    const names = Object.keys(deps.stores)
    const measured = await Promise.all(Object.values(deps.stores).map(measure))
    const stores = Object.fromEntries(names.map((name, index) => [name, measured[index]]))
    const up = measured.every(({ status }) => status === 'up')
    const lag = await deps.ingest.lag().catch(() => null) // Redis is away: `stores` says so already
    freshUntil = performance.now() + FRESH_MS
    return { stores, up, lag }
  }
  /** The check under way, or the last one for as long as it is fresh. */
  const lately = (): ReturnType<typeof ask> => {
    if (last === undefined || performance.now() >= freshUntil) {
      freshUntil = Infinity // until this one is done
      last = ask()
    }
    return last
  }
  return {
    live: (response) => send(response, 200, { status: 'live' }),
    ready: async (response) => {
      const { stores, up, lag } = await lately()
      const ready = phase === 'ready' && up
      send(response, ready ? 200 : 503, {
        status: ready ? 'ready' : phase === 'ready' ? 'degraded' : phase,
        stores,
        ingest: { lag, writers: deps.ingest.health() },
      })
    },
    setPhase: (next) => {
      phase = next
    },
  }
}
