import { createHash } from 'node:crypto'
import { formatUuid } from '../../platform/ids.ts'
import type { Entry, Reason } from './stream.ts'

export type Read = { readonly item: string } | { readonly reason: Reason }

/** The id of an entry that brings none: the same entry has the same one, however often it is delivered. */
const entryId = (stream: string, id: string): string => {
  const hash = createHash('sha256').update(`heliograph entry\0${stream}\0${id}`).digest().subarray(0, 16)
  hash[6] = (hash[6]! & 0x0f) | 0x80 // UUIDv8 (RFC 9562, section 5.8)
  hash[8] = (hash[8]! & 0x3f) | 0x80
  return formatUuid(hash)
}

const wrong = (code: string, message: string): Read => ({ reason: { code, message } })

/**
 * Reads the item in an entry's field as one line of JSON, with the digits that its numbers came with. What is
 * wrong with the item itself ingest says; here only what keeps it from being sent at all.
 */
export const itemReader =
  (stream: string, field: string) =>
  ({ id, fields }: Entry): Read => {
    const text = fields[field]
    if (text === undefined) return wrong('MISSING_FIELD', `${field}: missing, expected the item as JSON text`)
    let item: unknown
    try {
      item = JSON.parse(text)
    } catch {
      return wrong('INVALID_JSON', `${field}: not JSON`) // JSON.parse says no only by throwing
    }
    if (typeof item !== 'object' || item === null || Array.isArray(item))
      return wrong('NOT_AN_OBJECT', `${field}: expected a JSON object`)
    // A line end stands between the parts of a JSON text alone: in a text of it it would be escaped.
    const line = text.replaceAll(/[\r\n]+/g, ' ').trim()
    if ('event_id' in item) return { item: line }
    const rest = line.slice(1).trimStart()
    return { item: `{"event_id":"${entryId(stream, id)}"${rest === '}' ? '' : ','}${rest}` }
  }
