import { setTimeout as delay } from 'node:timers/promises'

export type Graph = {
  /** Throws with the query and the answer when there are errors. */
  query<T>(query: string, variables?: Record<string, unknown>): Promise<T>
}

export const connectGraph = (url: string, apiKey: string): Graph => ({
  query: async <T>(query: string, variables: Record<string, unknown> = {}): Promise<T> => {
    const response = await fetch(new URL('/graphql', url), {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(60_000),
    })
    const text = await response.text()
    const answer = JSON.parse(text) as { data?: T; errors?: unknown[] }
    if (!answer.data || answer.errors) throw new Error(`HTTP ${response.status} ${text}\nfor ${query}`)
    return answer.data
  },
})

/** JSON text is also a GraphQL string. */
export const literal = (value: string): string => JSON.stringify(value)

/** A stream of this internal name, made now or before. */
export const ensureStream = async (graph: Graph, internalName: string, title: string): Promise<void> => {
  const input = `{internalName: ${literal(internalName)}, title: ${literal(title)}}`
  const made = await graph.query(`mutation { createStream(input: ${input}) { __typename } }`)
  const { stream } = await graph.query<{ stream: unknown }>(
    `{ stream: streamByInternalName(internalName: ${literal(internalName)}) { __typename } }`,
  )
  if (!stream)
    throw new Error(`There is no stream ${internalName} after createStream: ${JSON.stringify(made)}`)
}

export type ViewerFacts = {
  readonly points: readonly {
    readonly timeMs: number
    readonly average: number
    readonly peak: number
    readonly samples: number
  }[]
  readonly peak: number
  readonly average: number
  readonly samples: number
  /** The same range by the five-minute rollup. */
  readonly rollup: { readonly peak: number; readonly samples: number }
}

/**
 * A stream's series in steps of its own interval, so that a bucket holds one sample; only buckets with
 * samples.
 */
export const askViewers = async (
  graph: Graph,
  internalName: string,
  range: { fromMs: number; toMs: number; stepMs: number },
): Promise<ViewerFacts> => {
  // Counts are text on the wire; without samples there is no measurement.
  type Numbers = { peak: string | null; samples: string; average: number | null }
  type Series = Numbers & { points: (Numbers & { time: string })[] }
  const [from, to] = [range.fromMs, range.toMs].map((ms) => literal(new Date(ms).toISOString()))
  const { stream } = await graph.query<{ stream: { viewers: Series; rollup: Numbers } }>(`{
    stream: streamByInternalName(internalName: ${literal(internalName)}) {
      viewers(range: {from: ${from}, to: ${to}}, step: "PT${range.stepMs / 1000}S") {
        peak average samples points { time average peak samples }
      }
      rollup: viewers(range: {from: ${from}, to: ${to}}, step: "PT5M") { peak samples }
    }
  }`)
  const points = stream.viewers.points.map((point) => ({
    timeMs: Date.parse(point.time),
    average: point.average ?? 0,
    peak: Number(point.peak),
    samples: Number(point.samples),
  }))
  return {
    points: points.filter(({ samples }) => samples > 0),
    peak: Number(stream.viewers.peak),
    average: stream.viewers.average ?? 0,
    samples: Number(stream.viewers.samples),
    rollup: { peak: Number(stream.rollup.peak), samples: Number(stream.rollup.samples) },
  }
}

export type LogAsk = {
  service: string
  level?: readonly string[]
  contains?: string
  fromMs: number
  toMs: number
}

const logArguments = ({ service, level, contains, fromMs, toMs }: LogAsk): string => {
  const filter = [
    `service: {eq: ${literal(service)}}`,
    level && `level: {in: [${level.join(', ')}]}`,
    contains !== undefined && `message: {contains: ${literal(contains)}}`,
  ]
  const [from, to] = [fromMs, toMs].map((ms) => literal(new Date(ms).toISOString()))
  return `filter: {${filter.filter(Boolean).join(', ')}}, range: {from: ${from}, to: ${to}}`
}

export const countLogs = async (graph: Graph, ask: LogAsk): Promise<number> => {
  const { logs } = await graph.query<{ logs: { totalCount: string } }>(
    `{ logs(${logArguments(ask)}, first: 1) { totalCount } }`,
  )
  return Number(logs.totalCount)
}

export type LogLine = {
  time: string
  level: string
  service: string
  message: string
  attributes: Record<string, string>
}

/** Every line, page by page. */
export const allLogs = async (graph: Graph, ask: LogAsk): Promise<LogLine[]> => {
  type Node = Omit<LogLine, 'attributes'> & { attributes: { name: string; value: string }[] }
  type Page = { edges: { node: Node }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } }
  const lines: LogLine[] = []
  let after = ''
  for (;;) {
    const { logs } = await graph.query<{ logs: Page }>(
      `{ logs(${logArguments(ask)}, first: 100${after}) {
        edges { node { time level service message attributes { name value } } } pageInfo { hasNextPage endCursor }
      } }`,
    )
    for (const { node } of logs.edges)
      lines.push({
        ...node,
        attributes: Object.fromEntries(node.attributes.map(({ name, value }) => [name, value])),
      })
    if (!logs.pageInfo.hasNextPage) return lines
    after = `, after: ${literal(logs.pageInfo.endCursor ?? '')}`
  }
}

/**
 * Asks until the answer is at least `expected`, since accepted rows reach the store a moment later; for two
 * minutes at most.
 */
export const waitForCount = async (ask: () => Promise<number>, expected: number): Promise<void> => {
  const deadline = Date.now() + 120_000
  while ((await ask()) < expected && Date.now() < deadline) await delay(250)
}
