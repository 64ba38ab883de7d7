import type { Answer, TestClient } from '../testkit/client.ts'
import type { Item } from './bodies.ts'

/** The list of the graph that tells the rows of a dataset, and its names of the fields that it tells as they came. */
type Told = { readonly list: string; readonly texts: Readonly<Record<string, string>> }

/** The datasets whose rows the graph tells one by one. */
export const listed: Readonly<Record<string, Told>> = {
  log_events: {
    list: 'logs',
    texts: { message: 'message', service: 'service', host: 'host', traceId: 'trace_id' },
  },
  connection_events: {
    list: 'connectionEvents',
    texts: { sessionId: 'session_id', edgeNodeName: 'node_id', userAgent: 'user_agent', city: 'city' },
  },
  track_list_events: {
    list: 'trackListEvents',
    texts: { nodeName: 'node_id', codec: 'codec', audioCodec: 'audio_codec', qualityTier: 'quality_tier' },
  },
  platform_events: {
    list: 'platformEvents',
    texts: { service: 'service', host: 'host', version: 'version', message: 'message' },
  },
  metric_points: {
    list: 'metricPoints',
    texts: { name: 'name', unit: 'unit', service: 'service', host: 'host' },
  },
  product_events: {
    list: 'productEvents',
    texts: { eventType: 'event_type', userId: 'user_id', sessionId: 'session_id' },
  },
}

const HOUR = 3_600_000
/** Samples of this time are counted: items are some hours old, and a few have an odd time. */
export const COUNTED_MS = 20 * HOUR

type Row = Readonly<Record<string, string>>
type Page = { readonly nodes: readonly Row[]; readonly pageInfo: { hasNextPage: boolean; endCursor: string } }

const timeOf = (item: Item): number => new Date(item['time'] as string | number).getTime()
const kept = (value: unknown): string => (typeof value === 'string' ? value.toWellFormed() : '')
const isTold = (item: Item, row: Row | undefined, texts: Told['texts']): boolean =>
  row !== undefined &&
  Object.entries(texts).every(([name, field]) => row[name] === kept(item[field])) &&
  new Date(row['time']!).getTime() === timeOf(item)

/** Rows, by the ids that they were sent with, that the graph does not tell as they were sent. */
export const rowsMissing = async (
  client: TestClient,
  { list, texts }: Told,
  rows: ReadonlyMap<string, Item>,
): Promise<string[]> => {
  const range = { from: new Date(Date.now() - 90 * 24 * HOUR + HOUR), to: new Date(Date.now() + HOUR / 2) }
  const query = `query ($range: TimeRangeInput, $after: String) { ${list}(range: $range, first: 100, after: $after) {
    nodes { eventId time ${Object.keys(texts).join(' ')} } pageInfo { hasNextPage endCursor } } }`
  const found = new Map<string, Row>()
  for (let after: string | null = null, more = true; more;) {
    const answer = (await client.request(query, { range, after })) as Answer<Record<string, Page>>
    if (answer.errors?.[0]?.extensions?.code === 'UNAUTHENTICATED') return [] // the tenant is no more
    const page = answer.data?.[list]
    if (!page) return [`no page of ${list}: ${JSON.stringify(answer)}`]
    for (const row of page.nodes) found.set(row['eventId']!, row)
    after = page.pageInfo.endCursor
    more = page.pageInfo.hasNextPage
  }
  return [...rows].flatMap(([id, item]) =>
    timeOf(item) > range.from.getTime() && !isTold(item, found.get(id), texts)
      ? [`${JSON.stringify(item).slice(0, 2_000)} is in the graph as ${JSON.stringify(found.get(id))}`]
      : [],
  )
}

/** Streams that have another number of samples than were sent to them, beside the two that each had before (tests/domains/audience.ts). */
export const samplesMissing = async (
  client: TestClient,
  samples: ReadonlyMap<string, number>,
): Promise<string[]> => {
  const range = { from: new Date(Date.now() - COUNTED_MS), to: new Date(Date.now() + HOUR / 2) }
  const query = `query ($name: String!, $range: TimeRangeInput) {
    streamByInternalName(internalName: $name) { viewers(range: $range, step: "PT1H") { samples } } }`
  type Series = { streamByInternalName: { viewers: { samples: string } } }
  const faults: string[] = []
  for (const [name, count] of samples) {
    const { data, errors } = (await client.request(query, { name, range })) as Answer<Series>
    if (errors?.[0]?.extensions?.code === 'UNAUTHENTICATED') return []
    const told = Number(data?.streamByInternalName.viewers.samples) - 2
    if (told !== count) faults.push(`${name} has ${told} samples of ${count}: ${JSON.stringify(errors)}`)
  }
  return faults
}
