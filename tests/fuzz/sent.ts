import { itemErrorCodes } from '../../src/ingest/item-errors.ts'
import type { TestClient } from '../testkit/client.ts'
import { COUNTED_MS, listed, rowsMissing, samplesMissing } from './asked-back.ts'
import type { Body, Item } from './bodies.ts'

type Taken = {
  readonly accepted: number
  readonly duplicates: number
  readonly rejected: readonly { readonly index: number; readonly code: string; readonly message: string }[]
  readonly error?: { readonly code: string; readonly message: string; readonly requestId: string }
}

/** Sends bodies to ingest, holds each answer to what is promised, and asks for the rows again. */
export const createSender = (url: string, key: string, streams: readonly string[]) => {
  /** Rows of each dataset by the id that they were given, and the number of samples of each stream. */
  const rows = new Map(Object.keys(listed).map((name) => [name, new Map<string, Item>()]))
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
      if (dataset === 'viewer_samples' && samples.has(stream) && at > Date.now() - COUNTED_MS)
        samples.set(stream, samples.get(stream)! + 1)
      if (id !== undefined) rows.get(dataset)?.set(id, item)
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
      const isDue =
        code === 'UNAUTHENTICATED' || (code === 'PAYLOAD_TOO_LARGE' && body.bytes.length > 2 << 20)
      if (body.items && !isDue) faults.push(`a good body was refused: ${text}`)
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
    const faults = await samplesMissing(client, samples)
    for (const [dataset, sent] of rows) faults.push(...(await rowsMissing(client, listed[dataset]!, sent)))
    return faults
  }
  return { send, missing }
}
