import { setTimeout as pause } from 'node:timers/promises'
import type { TenantId } from '../../src/platform/ids.ts'
import { TypedDocumentString } from '../graphql/graphql.ts'
import { createTestClient, type Answer, type TestClient } from './client.ts'
import { mutationDocument } from './mutate.ts'
import { startProxy, type Fault, type Proxy } from './proxy.ts'
import type { Seed } from './seed.ts'
import { until } from './waiters.ts'

/** Ways in which a line to a store breaks, for a program that waits so long for a sign of life. */
export const faultsFor = (silenceMs: number): Readonly<Record<string, Fault>> => ({
  'cut with RST': { kind: 'cut', how: 'RST' },
  'cut with FIN': { kind: 'cut', how: 'FIN' },
  [`${silenceMs / 10} ms late each way`]: { kind: 'delay', ms: silenceMs / 10 },
  'swallows both ways': { kind: 'swallow', way: 'both' },
  'swallows what we say': { kind: 'swallow', way: 'to the store' },
  'swallows what it says': { kind: 'swallow', way: 'from the store' },
  'old connections dead, new ones work': { kind: 'swallow', way: 'both', newOnes: false },
})

/** Whether new connections work from the beginning of the fault on. */
export const healsItself = (fault: Fault): boolean => fault.kind === 'swallow' && fault.newOnes === false

export const storeNames = ['redis', 'postgres', 'clickhouse'] as const
export type StoreName = (typeof storeNames)[number]
type Urls = Readonly<Record<`${StoreName}Url`, string>>

/** A proxy before each store; `through` opens them and gives the URLs that lead through them. */
export const createLines = () => {
  const proxies = new Map<StoreName, Proxy>()
  return {
    through: async (urls: Urls): Promise<Urls> => {
      const lead = async (name: StoreName): Promise<[string, string]> => {
        const proxy = await startProxy(urls[`${name}Url`])
        proxies.set(name, proxy)
        return [`${name}Url`, proxy.url]
      }
      return Object.fromEntries(await Promise.all(storeNames.map(lead))) as Urls
    },
    to: (name: StoreName): Proxy => proxies.get(name)!,
    close: async () => void (await Promise.all([...proxies.values()].map((proxy) => proxy.close()))),
  }
}

/** Who calls all the time: a query of Postgres, one of ClickHouse, a mutation, ingest. */
export const callers = ['query', 'facts', 'mutation', 'ingest'] as const
export type Caller = (typeof callers)[number]

export type Trial = {
  /** What each caller got in calls that ended under the fault: codes (`ok` too), and its longest wait in ms. */
  readonly met: Readonly<Record<Caller, { readonly codes: readonly string[]; readonly longestMs: number }>>
  /** From when the line was whole (or new connections worked) until all was well, in ms. */
  readonly goodAfterMs: number
  /**
   * Titles of the incidents whose mutation succeeded, from the first that the subscription heard of; and what
   * it heard: titles, the reason of a Resync, the code of an error or of a close.
   */
  readonly opened: readonly string[]
  readonly heard: readonly string[]
  readonly tenant: TenantId
  /** How many samples got `202`. */
  readonly accepted: number
}

type Outcome = { readonly code: string; readonly beganAt: number; readonly endedAt: number }

/** Longer than any answer may take. */
const ENDLESS_MS = 30_000
/** A caller is well again when so many calls in a row went well. */
const IN_A_ROW = 3
const EVERY_MS = 100

type Live<R> = TypedDocumentString<R, object>
const live = <R>(text: string): Live<R> => new TypedDocumentString<R, object>(text)

const READ = `{ incidents(first: 1) { nodes { title } } }`
const FACTS = `{ analytics { viewersNow(by: STREAM, first: 1) { total } } }`

type Read = { incidents: { nodes: unknown[] } | null }
type Facts = { analytics: { viewersNow: { total: string } | null } | null }
type Opened = { openIncident: { code?: string } }
type Event = { incidentChanged: { title?: string; reason?: string } }
type Viewers = { tenantViewers: { viewers: string } }
const EVENTS = live<Event>(
  `subscription { incidentChanged { ... on IncidentChanged { title } ... on Resync { reason } } }`,
)
const VIEWERS = live<Viewers>(`subscription { tenantViewers { viewers } }`)

/** The code of an answer; `EMPTY` for one that should hold something and has neither that nor an error. */
const codeOf = <R>({ data, errors }: Answer<R>, holds: (data: R) => boolean): string =>
  errors?.[0] ? (errors[0].extensions?.code ?? 'NO_CODE') : data && holds(data) ? 'ok' : 'EMPTY'

/** Calls in all ways over HTTP, and listens. What it counts is read while it goes on. */
const startCalling = async (url: string, seed: Seed) => {
  const { tenant, key } = await seed.tenant()
  const { internalName } = await seed.stream(tenant)
  const client: TestClient = createTestClient(url, key)
  const opened: string[] = []
  let accepted = 0
  const heard: string[] = []
  const viewers: string[] = []
  let count = 0
  let told = 0

  const calls: Record<Caller, () => Promise<string>> = {
    query: async () =>
      codeOf(await client.request<Read, object>(READ), ({ incidents }) => !!incidents?.nodes.length),
    facts: async () =>
      codeOf(await client.request<Facts, object>(FACTS), ({ analytics }) =>
        Boolean(Number(analytics?.viewersNow?.total)),
      ),
    mutation: async () => {
      const title = `${internalName} ${(count += 1)}`
      const answer = await client.request<Opened, object>(mutationDocument('openIncident'), {
        input: { title, severity: 'LOW' },
      })
      const code = answer.data?.openIncident?.code ?? codeOf(answer, (data) => data.openIncident !== null)
      if (code === 'ok') opened.push(title)
      return code
    },
    ingest: async () => {
      const sample = seed.sample(internalName, (told += 1))
      const { status, headers, body } = await client.ingest('viewer_samples', [sample])
      if (status === 202) {
        accepted += 1
        return 'ok'
      }
      const { code } = (body as unknown as { error: { code: string } }).error
      return headers.get('retry-after') === null ? `${code} without Retry-After` : code
    },
  }

  const outcomes: Record<Caller, Outcome[]> = { query: [], facts: [], mutation: [], ingest: [] }
  const stopping = new AbortController()
  const run = async (caller: Caller): Promise<void> => {
    while (!stopping.signal.aborted) {
      const beganAt = performance.now()
      const code = await Promise.race([calls[caller](), pause(ENDLESS_MS, 'ENDLESS', { ref: false })])
      outcomes[caller].push({ code, beganAt, endedAt: performance.now() })
      await pause(EVERY_MS)
    }
  }
  const socket = client.webSocket()
  const listen = async <R>(document: Live<R>, into: string[], read: (data: R) => string): Promise<void> => {
    try {
      for await (const { data, errors } of socket.subscribe(document))
        into.push(data ? read(data) : (errors?.[0]?.extensions?.code ?? 'EMPTY'))
      into.push('ENDED')
    } catch (error) {
      into.push(`CLOSED ${(error as { code?: number }).code}`) // a close event, where it is not our own
    }
  }
  const listening = [
    listen(EVENTS, heard, ({ incidentChanged }) => incidentChanged.title ?? incidentChanged.reason!),
    listen(VIEWERS, viewers, ({ tenantViewers }) => tenantViewers.viewers),
  ]
  const calling = Promise.all(callers.map(run))
  calling.catch(() => undefined) // `stop` and `unlessItFails` tell

  return {
    outcomes,
    /** When the last caller became well after a moment; undefined while one is not. */
    wellSince: (from: number): number | undefined => {
      const firsts = callers.map((caller) => {
        const after = outcomes[caller].filter(({ beganAt }) => beganAt >= from)
        const good = after.slice(after.findLastIndex(({ code }) => code !== 'ok') + 1)
        return good.length < IN_A_ROW ? undefined : good[0]!.endedAt
      })
      return firsts.includes(undefined) ? undefined : Math.max(...(firsts as number[]))
    },
    /** Gives a question whether both subscriptions have heard of something that happened after this call. */
    news: () => {
      const [after, told0] = [opened.length, told]
      return (): boolean =>
        opened.slice(after).some((title) => heard.includes(title)) &&
        viewers.some((value) => Number(value) > told0)
    },
    unlessItFails: <T>(work: Promise<T>): Promise<T> => Promise.race([work, calling.then(() => work)]),
    /** Ends the calls, waits until the subscription has heard of every incident, and tells what there was. */
    stop: async () => {
      stopping.abort()
      await calling
      const since = opened.slice(opened.indexOf(heard[0]!))
      await until(() => since.every((title) => heard.includes(title)), { what: 'each event is heard' })
      return { opened: since, heard: [...heard], tenant, accepted }
    },
    close: async () => {
      stopping.abort()
      await socket.close()
      await Promise.allSettled([...listening, calling])
    },
  }
}

/**
 * Calls in all ways, breaks a line while `during` goes on (it is told how many calls of a caller began and
 * ended under the fault), mends it, and waits until all is well. Fails when that takes longer than
 * `goodWithinMs`, or when an event is never heard.
 */
export const tryFault = async (options: {
  readonly url: string
  readonly seed: Seed
  readonly line: Proxy
  readonly fault: Fault
  readonly during: (ended: (caller: Caller) => number) => Promise<unknown>
  readonly goodWithinMs: number
}): Promise<Trial> => {
  const { line, fault, goodWithinMs: timeoutMs } = options
  const calling = await startCalling(options.url, options.seed)
  try {
    const started = calling.news()
    await calling.unlessItFails(until(() => calling.wellSince(0) !== undefined && started()))
    const brokenAt = performance.now()
    /** Milliseconds from now until all is well. */
    const well = async (): Promise<number> => {
      const from = performance.now()
      const heard = calling.news()
      let liveAt: number | undefined
      const wellAt = await until(
        () => {
          if (heard()) liveAt ??= performance.now()
          const callersAt = calling.wellSince(from)
          return liveAt !== undefined && callersAt !== undefined && Math.max(liveAt, callersAt)
        },
        { what: 'all is well again', timeoutMs },
      )
      return Math.round(wellAt - from)
    }
    line.fault(fault)
    const healing = healsItself(fault) ? well() : undefined
    const began = (caller: Caller) => calling.outcomes[caller].filter(({ beganAt }) => beganAt >= brokenAt)
    await calling.unlessItFails(Promise.all([options.during((caller) => began(caller).length), healing]))
    const met = (caller: Caller) => {
      const under = calling.outcomes[caller].filter(({ endedAt }) => endedAt >= brokenAt)
      const waits = under.map(({ beganAt, endedAt }) => endedAt - beganAt)
      return [
        caller,
        { codes: [...new Set(under.map(({ code }) => code))], longestMs: Math.round(Math.max(0, ...waits)) },
      ] as const
    }
    const all = Object.fromEntries(callers.map(met)) as Trial['met']
    line.heal()
    const goodAfterMs = await (healing ?? well())
    return { met: all, goodAfterMs, ...(await calling.stop()) }
  } finally {
    await calling.close()
  }
}
