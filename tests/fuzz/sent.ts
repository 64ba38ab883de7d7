import { itemErrorCodes } from '../../src/ingest/item-errors.ts'
import type { Answer } from '../testkit/client.ts'
import type { TestClient } from '../testkit/client.ts'
import type { Body, Item } from './bodies.ts'

type Taken = {
  readonly accepted: number
  readonly duplicates: number
  readonly rejected: readonly { readonly index: number; readonly code: string; readonly message: string }[]
  readonly error?: { readonly code: string; readonly message: string; readonly requestId: string }
}

const HOUR = 3_600_000

type Line = {
  eventId: string
  message: string
  service: string
  host: string
  traceId: string
  time: string
}
type Page = { logs: { nodes: Line[]; pageInfo: { hasNextPage: boolean; endCursor: string } } }
const PAGE = `query ($range: TimeRangeInput, $after: String) {
  logs(range: $range, first: 100, after: $after) {
    nodes { eventId message service host traceId time } pageInfo { hasNextPage endCursor } } }`

const kept = (value: unknown): string => (typeof value === 'string' ? value.toWellFormed() : '')
const differs = (item: Item, line: Line | undefined): boolean =>
  !line ||
  line.message !== kept(item['message']) ||
  line.service !== kept(item['service']) ||
  line.host !== kept(item['host']) ||
  line.traceId !== kept(item['trace_id']) ||
  new Date(line.time).getTime() !== new Date(item['time'] as string | number).getTime()

/** Sends bodies to ingest, holds each answer to what is promised, and asks for the rows again. */
export const createSender = (url: string, key: string, streams: readonly string[]) => {
  /** Lines of the log by the id that they were given, and samples of each stream. */
  const lines = new Map<string, Item>()
  const samples = new Map(streams.map((name) => [name, 0]))
  const ids = new Set<string>()

  const note = (dataset: string, items: readonly unknown[], rejected: ReadonlySet<number>): number => {
    let fresh = 0
    for (const [index, each] of items.entries()) {
      if (rejected.has(index)) continue
      const item = each as Item
      const id = typeof item['event_id'] === 'string' ? item['event_id'].toLowerCase() : undefined
      if (id !== undefined && ids.has(dataset + id)) continue
      if (id !== undefined) ids.add(dataset + id)
      fresh += 1
      const stream = String(item['internal_name'])
      const at = new Date(item['time'] as string | number).getTime()
      if (dataset === 'viewer_samples' && samples.has(stream) && at > Date.now() - 20 * HOUR)
        samples.set(stream, samples.get(stream)! + 1)
      if (dataset === 'log_events' && id !== undefined) lines.set(id, item)
    }
    return fresh
  }

  const post = async ({ dataset, bytes, headers }: Body): Promise<Response> =>
    fetch(`${url}/ingest/${dataset}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, ...headers },
      body: new Uint8Array(bytes),
    })

  /** Answers what is wrong with the answer, and its code. */
  const send = async (body: Body): Promise<{ faults: string[]; code: string }> => {
    const response = await post(body)
    const text = await response.text()
    const taken = JSON.parse(text) as Taken
    const faults: string[] = []
    if (response.status >= 500) faults.push(`status ${response.status}: ${text}`)
    if (response.status !== 202) {
      const { code, message, requestId } = taken.error ?? {}
      if (!code || !message || !requestId) faults.push(`no error in ${text}`)
      if (body.items && code !== 'UNAUTHENTICATED') faults.push(`a good body was refused: ${text}`)
      return { faults, code: code ?? '?' }
    }
    const { accepted, duplicates, rejected } = taken
    const places = new Set(rejected.map(({ index }) => index))
    if (places.size !== rejected.length) faults.push('an item was rejected twice')
    for (const { code, message } of rejected) {
      if (!(itemErrorCodes as readonly string[]).includes(code)) faults.push(`${code} is not of the list`)
      if (!message || !message.isWellFormed()) faults.push(`no message: ${JSON.stringify(message)}`)
    }
    if (!body.items) return { faults, code: 'broken 202' }
    const { length } = body.items
    if (accepted + duplicates + rejected.length !== length)
      faults.push(`${accepted} + ${duplicates} + ${rejected.length} are not ${length}`)
    if (rejected.some(({ index }) => !Number.isInteger(index) || index < 0 || index >= length))
      faults.push('an index that no item has')
    const fresh = note(body.dataset, body.items, places)
    if (fresh !== accepted) faults.push(`${fresh} rows are new and ${accepted} were accepted`)
    return { faults, code: rejected.length > 0 ? 'in part' : 'taken' }
  }

  /** What is not in the graph as it was sent, once all of it is stored. */
  const missing = async (client: TestClient): Promise<string[]> => {
    const range = { from: new Date(Date.now() - 90 * 24 * HOUR + HOUR), to: new Date(Date.now() + HOUR / 2) }
    const found = new Map<string, Line>()
    for (let after: string | null = null, more = true; more;) {
      const answer = (await client.request(PAGE, { range, after })) as Answer<Page>
      if (answer.errors?.[0]?.extensions?.code === 'UNAUTHENTICATED') return [] // the tenant is no more
      if (!answer.data?.logs) return [`no page of the log: ${JSON.stringify(answer)}`]
      const { nodes, pageInfo } = answer.data.logs
      for (const line of nodes) found.set(line.eventId, line)
      after = pageInfo.endCursor
      more = pageInfo.hasNextPage
    }
    const faults = [...lines].flatMap(([id, item]) =>
      new Date(item['time'] as string | number) > range.from && differs(item, found.get(id))
        ? [`${JSON.stringify(item).slice(0, 2_000)} is in the graph as ${JSON.stringify(found.get(id))}`]
        : [],
    )
    for (const [name, count] of samples) {
      const query = `query ($name: String!, $range: TimeRangeInput) {
        streamByInternalName(internalName: $name) { viewers(range: $range, step: "PT1H") { samples } } }`
      const window = { from: new Date(Date.now() - 20 * HOUR), to: range.to }
      type Series = { streamByInternalName: { viewers: { samples: string } } }
      const { data, errors } = (await client.request(query, { name, range: window })) as Answer<Series>
      // One of it was there before.
      const told = Number(data?.streamByInternalName.viewers.samples) - 1
      if (told !== count) faults.push(`${name} has ${told} samples of ${count}: ${JSON.stringify(errors)}`)
    }
    return faults
  }
  return { send, missing, count: () => lines.size }
}
