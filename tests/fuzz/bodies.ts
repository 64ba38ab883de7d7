import { gzipSync } from 'node:zlib'
import type { Dataset, FieldDescription } from '../../src/ingest/dataset.ts'
import { oddTexts, oddTimes, wrongValues } from './odd.ts'
import type { Random } from './random.ts'

export type Item = Readonly<Record<string, unknown>>
export type Body = {
  readonly dataset: string
  readonly bytes: Buffer
  readonly headers: Readonly<Record<string, string>>
  /** What is in it, where it is meant to be read; undefined for a body that is broken on purpose. */
  readonly items: readonly unknown[] | undefined
}

const uuidOf = (random: Random): string => {
  const hex = Array.from({ length: 32 }, () => random.below(16).toString(16)).join('')
  // Of any version, also of those that there are not: what names a fact is the producer's.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** A value that a field takes, as its description says. */
const fitting = (random: Random, { name, expected }: FieldDescription, words: readonly string[]): unknown => {
  const { pick, below, chance } = random
  const [, least = '0', most] =
    /^(?:text|a name) of (?:at most|(\d+) to) (\d+) characters/.exec(expected) ?? []
  if (most !== undefined) {
    if (chance(0.05)) return 'é'.repeat(Number(most))
    if (chance(0.05)) return 'x'.repeat(Number(least))
    return pick(words)
  }
  const [, from, to] = /number from (-?\d+) to (\d+)/.exec(expected) ?? []
  if (from !== undefined && to !== undefined)
    return chance(0.2)
      ? pick([Number(from), Math.min(Number(to), 2 ** 53 - 1)])
      : Math.max(Number(from), below(90))
  if (expected.startsWith('a UUID')) return uuidOf(random)
  if (expected.startsWith('RFC 3339')) {
    const at = Date.now() - below(40_000_000)
    return chance(0.5) ? at : new Date(at).toISOString()
  }
  if (expected.startsWith('a level')) return pick(['trace', 'DEBUG', 'Info', 'warning', 'err', 'fatal'])
  if (expected.startsWith('a type of lower-case'))
    return pick(['deployment', 'configuration.changed', 'feature-flag.on'])
  if (expected.startsWith('a name of 1 to 255 letters'))
    return pick(['requests', 'cpu.load', 'x'.repeat(255)])
  if (expected.startsWith('a kind')) return pick(['gauge', 'COUNTER', 'histogram'])
  if (expected.startsWith('a finite number')) return pick([0, 1.5, below(1_000), 2 ** 60, 1e300])
  if (expected.startsWith('two letters')) return pick(['NL', 'de', 'ZZ', ''])
  if (expected.startsWith('a JSON object'))
    return { [pick(words)]: pick([1, 2 ** 60, true, null, 'x', [pick(words)], { inner: { more: 1.5 } }]) }
  if (expected.startsWith('an object'))
    return Object.fromEntries(
      Array.from({ length: below(4) }, () => [
        expected.includes('letters') ? pick(['route', 'http.method', '_x']) : pick(words),
        pick([1, true, 'x', pick(words)]),
      ]),
    )
  if (expected.startsWith('connect or')) return pick(['connect', 'disconnect'])
  if (expected.startsWith('an IPv4')) return pick(['192.0.2.7', '2001:db8::1', ''])
  if (expected === 'true or false') return pick([true, false, 'true'])
  if (expected.startsWith('a list of')) return Array.from({ length: below(4) }, () => pick(words))
  if (expected.startsWith('a buffer state')) return pick(['FULL', 'EMPTY', 'DRY', 'RECOVER'])
  throw new Error(`${name} is a new kind of field: say in tests/fuzz what it is given.`)
}

/** An item of a dataset; `isOdd` lets some of its values be what nobody expects. */
export const itemOf = (
  random: Random,
  dataset: Dataset,
  words: readonly string[],
  isOdd: boolean,
): unknown => {
  const { chance, pick } = random
  if (isOdd && chance(0.05)) return pick(wrongValues)
  const given = dataset.fields.filter(({ name, required }) =>
    name === 'event_id' ? chance(0.8) : required ? !isOdd || chance(0.95) : chance(0.6),
  )
  const item = Object.fromEntries(
    given.map((field) => {
      if (!isOdd || !chance(0.15)) return [field.name, fitting(random, field, words)]
      return [
        field.name,
        pick([pick(wrongValues), pick(oddTexts), pick(oddTimes), 'x'.repeat(140_000), 2 ** 53, -1]),
      ]
    }),
  )
  if (isOdd && chance(0.05)) item[pick(['nothing', '__proto__', 'tenant_id', 'constructor'])] = 1
  return item
}

const types = ['application/json', 'application/x-ndjson', 'text/plain', 'application/octet-stream'] as const

/** A body that is broken on purpose, made from one that is not. */
const broken = (random: Random, text: string): { bytes: Buffer; headers?: Record<string, string> } => {
  const at = random.below(text.length + 1)
  const whole = Buffer.from(text)
  return random.pick([
    () => ({ bytes: Buffer.alloc(0) }),
    () => ({ bytes: Buffer.from(' \n\r\n\t') }),
    () => ({ bytes: Buffer.from(text.slice(0, at)) }),
    () => ({
      bytes: Buffer.from(text.slice(0, at) + random.pick(['\0', '}', ',', '\u2028', '"']) + text.slice(at)),
    }),
    () => ({ bytes: Buffer.concat([whole.subarray(0, at), Buffer.from([0xff, 0xc3]), whole.subarray(at)]) }),
    () => ({ bytes: Buffer.from(Array.from({ length: 200 }, () => random.below(256))) }),
    () => ({ bytes: Buffer.from('['.repeat(50_000)) }),
    () => ({ bytes: Buffer.from(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) }),
    () => ({ bytes: Buffer.from(`[${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}]`) }),
    () => ({ bytes: Buffer.from('{}\n'.repeat(50_001)) }),
    () => ({ bytes: Buffer.alloc((2 << 20) + 1, ' ') }),
    () => ({ bytes: gzipSync(Buffer.alloc(20 << 20, ' ')), headers: { 'content-encoding': 'gzip' } }),
    () => ({ bytes: gzipSync(whole).subarray(0, 15), headers: { 'content-encoding': 'gzip' } }),
    () => ({
      bytes: Buffer.concat([gzipSync(whole), Buffer.from('x')]),
      headers: { 'content-encoding': 'gzip' },
    }),
    () => ({
      bytes: whole,
      headers: { 'content-encoding': random.pick(['gzip', 'br', 'deflate', 'gzip, gzip']) },
    }),
    () => ({
      bytes: whole,
      headers: { 'content-type': random.pick(['text/csv', 'application/json; charset=latin1', 'x', '']) },
    }),
    () => ({ bytes: whole, headers: { 'idempotency-key': random.pick(['', 'x'.repeat(256), 'é']) } }),
  ])()
}

/** A body for ingest, the same for the same state of `random`. */
export const createBody = (random: Random, datasets: readonly Dataset[], words: readonly string[]): Body => {
  const { pick, chance, below } = random
  const dataset = pick(datasets)
  const isOdd = chance(0.5)
  const isBroken = chance(0.25)
  // What is broken may be taken in part: that is nothing that anybody counts.
  const said = isBroken ? ['broken'] : words
  const items = Array.from({ length: 1 + below(chance(0.1) ? 40 : 6) }, () =>
    itemOf(random, dataset, said, isOdd),
  )
  const given = pick(types)
  const isArray = given !== 'application/x-ndjson' && chance(0.6)
  const end = pick(['\n', '\r\n', '\n\n'])
  const lines = items.map((item) => JSON.stringify(item))
  // Lines of which the first is an array are an array, where nobody says that they are lines.
  const type = !isArray && lines[0]!.startsWith('[') ? 'application/x-ndjson' : given
  const text = isArray ? `[${lines.join(',')}]` : lines.join(end) + (chance(0.5) ? end : '')
  const headers: Record<string, string> = { 'content-type': type }
  if (chance(0.1)) headers['idempotency-key'] = `fuzz-${uuidOf(random)}`
  if (isBroken) {
    const { bytes, headers: more } = broken(random, text)
    return {
      dataset: chance(0.05) ? 'nothing' : dataset.name,
      bytes,
      headers: { ...headers, ...more },
      items: undefined,
    }
  }
  const bytes = Buffer.from((chance(0.1) ? '\ufeff' : '') + text)
  const sent = { dataset: dataset.name, items }
  return chance(0.3)
    ? { ...sent, bytes: gzipSync(bytes), headers: { ...headers, 'content-encoding': 'gzip' } }
    : { ...sent, bytes, headers }
}
