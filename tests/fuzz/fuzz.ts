import { schema } from '../../src/graphql/schema.ts'
import { datasets } from '../../src/modules/datasets.ts'
import type { Populated } from '../testkit/app.ts'
import { until } from '../testkit/waiters.ts'
import { createBody, type Body } from './bodies.ts'
import { createCoverage } from './coverage.ts'
import { createJudge } from './judge.ts'
import { createOperation, type Operation } from './operations.ts'
import { createRandom } from './random.ts'
import { openRoads, type Flight, type Heard } from './roads.ts'
import { createSender } from './sent.ts'
import { createWorld, REDIRECT_URI, type World } from './world.ts'

/** Settings of a program that is tried: nobody is refused for how often they ask. */
export const fuzzedSettings = {
  RATE_LIMIT_COST: String(2 ** 31 - 1),
  RATE_LIMIT_REQUESTS: '0',
  RATE_LIMIT_ROWS: '0',
  PROXY_HOPS: '1',
  OAUTH_GITHUB_CLIENT_ID: 'fuzz',
  OAUTH_GITHUB_CLIENT_SECRET: 'fuzz',
  OAUTH_GITHUB_URL: 'http://127.0.0.1:9',
  OAUTH_REDIRECT_URIS: REDIRECT_URI,
}

/** What one operation came to that may not be. */
export type Find = {
  readonly seed: number
  readonly index: number
  readonly faults: readonly string[]
  readonly sent: string
  readonly answer: string
}

export type Report = {
  readonly finds: readonly Find[]
  /** How many operations, by `<kind> over <road>: <code>`. */
  readonly counts: Readonly<Record<string, number>>
  readonly coverage: ReturnType<ReturnType<typeof createCoverage>['report']>
}

export type FuzzOptions = {
  readonly seed: number
  /** The first one's number, and how many follow: each is made of the seed and its number alone. */
  readonly from?: number
  readonly operations: number
  readonly onProgress?: (done: number, finds: readonly Find[]) => void
}

/** Operations that two tenants live through before new ones take their place. */
const ROUND = 1_000
/** Operations after which the other tenant makes news, and the credentials are looked at. */
const CHUNK = 100
/** Operations under way at once. */
const AT_ONCE = 8
/** Live operations that are listened to at once. */
const LIVE = 24
/** An operation that takes longer was forgotten; that of the program's own time is 20 s. */
const LONGEST_MS = 45_000

/** Longer than what subscribers share outlives the last of them. */
const FREE_MS = 15_000

const clip = (text: string): string =>
  text.length > 4_000 ? `${text.slice(0, 4_000)}… (${text.length})` : text

const whole = ({ kind, road, actor, body }: Operation): string => `${kind} over ${road} by ${actor}\n${body}`

/**
 * Asks a program for everything that the schema has, right and wrong, over all transports, and sends it
 * bodies to ingest. What it finds is in the report; the same seed asks the same.
 */
export const fuzz = async (program: Populated, options: FuzzOptions): Promise<Report> => {
  const { seed, from = 0, operations, onProgress } = options
  const coverage = createCoverage(schema)
  const judge = createJudge(schema, coverage)
  const finds: Find[] = []
  const counts: Record<string, number> = {}
  const count = (what: string): void => void (counts[what] = (counts[what] ?? 0) + 1)
  const note = (index: number, faults: readonly string[], sent: string, answer: string): void => {
    if (faults.length > 0) finds.push({ seed, index, faults, sent: clip(sent), answer: clip(answer) })
  }

  /** One round: operations on two tenants, until they are used up. Answers the number of the next one. */
  const round = async (first: number, last: number, world: World): Promise<number> => {
    const { roads, close } = openRoads(program.url)
    const sender = createSender(program.url, world.sendersKey, world.a.streams)
    const live = new Set<Flight>()
    // What a mutation of A's names stands in A's audit log, whosever it is.
    const secrets = new Set(world.secrets)

    const judged = (index: number, operation: Operation, heard: Heard): void => {
      const { faults, codes } = judge(operation, heard, secrets)
      const { kind, road, mode } = operation
      count(`${kind} over ${road}: ${codes[0]}`)
      count(`${mode}: ${codes[0]}`)
      note(index, faults, whole(operation), JSON.stringify(heard))
    }
    const ask = async (index: number, operation: Operation): Promise<void> => {
      if (operation.kind === 'mutation')
        for (const id of world.b.globalIds) if (operation.body.includes(id)) secrets.delete(id)
      const flight = roads[operation.road](operation, world.credentials[operation.actor])
      const done = flight.heard.then(
        (heard) => judged(index, operation, heard),
        (error: Error) =>
          note(index, [`no answer: ${error.message}: ${String(error.cause)}`], whole(operation), ''),
      )
      if (operation.kind === 'subscription') {
        live.add(flight)
        void done.finally(() => live.delete(flight))
        const [oldest] = live
        if (live.size > LIVE) oldest!.end()
        return
      }
      const late = setTimeout(() => {
        note(index, [`no answer within ${LONGEST_MS} ms`], whole(operation), '')
        flight.end()
      }, LONGEST_MS)
      await done.finally(() => clearTimeout(late))
    }
    const ingest = async (index: number, body: Body): Promise<void> => {
      const { faults, code } = await sender.send(body)
      count(`ingest of ${body.dataset}: ${code}`)
      note(index, faults, `${JSON.stringify(body.headers)}\n${body.bytes.toString()}`, '')
    }
    const one = (index: number): Promise<void> => {
      const random = createRandom(seed, index)
      return random.chance(0.08)
        ? ingest(index, createBody(random, datasets, world.pools.texts))
        : ask(index, createOperation(schema, random, world.pools))
    }

    const chunk = async (begin: number, end: number): Promise<void> => {
      const indexes = Array.from({ length: end - begin }, (_, offset) => begin + offset).values()
      const work = async (): Promise<void> => {
        for (const index of indexes) await one(index)
      }
      await Promise.all([world.busy(), ...Array.from({ length: AT_ONCE }, work)])
      onProgress?.(end - from, finds)
    }

    let next = first
    do {
      const stop = Math.min(last, next + CHUNK)
      await chunk(next, stop)
      next = stop
    } while (next < last && (await world.isAlive()))
    for (const flight of live) flight.end()
    await close()
    await program.app.ingest.flushed()
    note(next - 1, await sender.missing(world.reader), 'what was accepted, asked for again', '')
    return next
  }

  const end = from + operations
  for (let next = from; next < end;)
    next = await round(next, Math.min(end, next + ROUND), await createWorld(schema, program))
  const { bus, modules } = program.app
  const left = () => [bus.openTails(), modules.viewers.live.open()]
  const isFree = () => left().every((open) => open === 0)
  await until(isFree, { timeoutMs: FREE_MS }).catch(() => {
    note(
      end - 1,
      [`topics and states that nobody listens to any more are open: ${left().join(', ')}`],
      '',
      '',
    )
  })
  return { finds, counts, coverage: coverage.report() }
}
