import { LRUCache } from 'lru-cache'

const JSON_TYPES = ['application/json', 'application/graphql-response+json'] as const
const EVENTS = 'text/event-stream'
const PAGE = 'text/html'
const OFFERED = [...JSON_TYPES, EVENTS, PAGE] as const

/** What a client takes of what this server answers with. */
export type Accepts = {
  readonly json: boolean
  /** `named`: not by a `*`, which says nothing of streams. */
  readonly events: 'named' | 'any' | false
  /** Only where it is named. */
  readonly page: boolean
  /** The types of ours that it takes, the best first, as a header without parameters and without `*`. */
  readonly header: string
}

type Range = { readonly type: string; readonly q: number; readonly place: number }

/** A type that nothing has: Yoga then answers 406. */
const NOTHING = 'nothing/nothing'

const rangesOf = (header: string): Range[] =>
  header
    .toLowerCase()
    .split(',')
    .map((each, place) => {
      const [type = '', ...parameters] = each.split(';').map((part) => part.trim())
      const valueOf = (name: string): string | undefined =>
        parameters.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1)
      const isOurs = ['utf-8', 'utf8'].includes((valueOf('charset') ?? 'utf-8').replaceAll('"', ''))
      const q = Number(valueOf('q') || 1)
      return { type, place, q: isOurs ? (Number.isNaN(q) ? 1 : q) : 0 }
    })

/** Clients say the same again and again; in characters, with those of each answer. */
const known = new LRUCache<string, Accepts>({
  maxSize: 256 << 10,
  sizeCalculation: (_accepts, header) => header.length + 200,
})

/**
 * Reads the header Accept (RFC 9110, 12.5.1): the range that says most of a type decides, and `q=0` is not
 * taken. Types of equal `q` are taken in the order in which they are named. Without a header all is taken.
 */
export const acceptsOf = (header = ''): Accepts => {
  const before = known.get(header)
  if (before) return before
  const accepts = read(header)
  known.set(header, accepts)
  return accepts
}

const read = (header: string): Accepts => {
  const ranges = rangesOf(header.trim() || '*/*')
  const rangeOf = (type: string): Range | undefined => {
    for (const name of [type, `${type.split('/', 1)[0]}/*`, '*/*']) {
      const range = ranges.find((each) => each.type === name)
      if (range) return range
    }
  }
  const taken = OFFERED.flatMap((type) => {
    const range = rangeOf(type)
    return range && range.q > 0 ? [{ type, range }] : []
  }).toSorted((a, b) => b.range.q - a.range.q || a.range.place - b.range.place)
  const wayOf = (type: string) => {
    const found = taken.find((each) => each.type === type)
    return found ? (found.range.type === type ? ('named' as const) : ('any' as const)) : false
  }
  return {
    json: JSON_TYPES.some((type) => wayOf(type)),
    events: wayOf(EVENTS),
    page: wayOf(PAGE) === 'named',
    header: taken.map(({ type }) => type).join(', ') || NOTHING,
  }
}
