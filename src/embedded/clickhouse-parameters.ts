import { TupleParam } from '@clickhouse/client'

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
}
const escape = (text: string): string => text.replaceAll(/[\\'\t\n\r]/g, (found) => escapes[found]!)

/** Seconds since the epoch: the one form that means the same in every time zone. */
const time = (date: Date): string => {
  const ms = date.getUTCMilliseconds()
  const seconds = String(Math.floor(date.getTime() / 1000)).padStart(10, '0')
  return ms === 0 ? seconds : `${seconds}.${String(ms).padStart(3, '0')}`
}

const numeral = (value: number | bigint): string => {
  if (value === Infinity) return '+inf'
  if (value === -Infinity) return '-inf'
  return Number.isNaN(value) ? 'nan' : String(value)
}

const list = (values: readonly unknown[]): string => values.map((item) => literal(item)).join(',')

const compound = (value: object): string => {
  if (value instanceof Date) return time(value)
  if (Array.isArray(value)) return `[${list(value)}]`
  if (value instanceof TupleParam) return `(${list(value.values)})`
  const pairs = value instanceof Map ? [...(value as Map<unknown, unknown>)] : Object.entries(value)
  return `{${pairs.map(([key, item]) => `${literal(key)}:${literal(item)}`).join(',')}}`
}

const literal = (value: unknown): string => {
  if (value === null || value === undefined) return 'NULL'
  if (typeof value === 'string') return `'${escape(value)}'`
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  return formatParameter(value)
}

/**
 * A query parameter as the official client writes it into the URL for a server (its own function is not
 * exported): escaped text at the top, literals inside arrays, tuples and maps. Throws TypeError for what has
 * no such form.
 */
export const formatParameter = (value: unknown): string => {
  if (value === null || value === undefined) return '\\N'
  if (typeof value === 'string') return escape(value)
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'number' || typeof value === 'bigint') return numeral(value)
  if (typeof value === 'object') return compound(value)
  throw new TypeError(`a ${typeof value} is no query parameter`)
}
