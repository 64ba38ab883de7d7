import { AppError } from '../../platform/errors.ts'
import { instantOf, isInstant } from '../../platform/instant.ts'
import { wallClockIn } from './time-zone.ts'

export type TimeFormatOptions = {
  /**
   * `auto` (ISO text, or a number as Unix ms), `iso`, `unix` (seconds), `unix-ms`, or a pattern with %
   * directives.
   */
  readonly format: string
  /** The year of times whose pattern has none. */
  readonly year?: number | undefined
  /** The zone of times that name none; UTC if absent. */
  readonly zone?: string | undefined
}

/** Reads a time to Unix milliseconds; `undefined` when the value does not fit the format. */
export type TimeReader = (value: unknown) => number | undefined

type Fields = { -readonly [K in (typeof fieldNames)[number]]?: number }
const fieldNames = ['year', 'month', 'day', 'hour', 'minute', 'second', 'ms', 'pm', 'offset'] as const

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const monthOf = (text: string): number => months.indexOf(text.slice(0, 3).toLowerCase()) + 1
const fraction = (digits: string): number => Math.floor(Number(`0.${digits}`) * 1000 + 1e-9)

const offsetOf = (text: string): number => {
  if (text === 'Z' || text === 'z') return 0
  const digits = text.slice(1).replace(':', '')
  return (text[0] === '-' ? -1 : 1) * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2, 4))) * 60_000
}

const monthName =
  '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)'
const dayName = '(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?'

/** What each directive of a pattern matches, and the field it sets. Day names are matched and not used. */
const directives: Record<string, { match: string; set?: (fields: Fields, text: string) => void }> = {
  Y: { match: '\\d{4}', set: (f, t) => (f.year = Number(t)) },
  // As in POSIX strptime: 69 to 99 are the last century.
  y: { match: '\\d{2}', set: (f, t) => (f.year = Number(t) + (Number(t) < 69 ? 2000 : 1900)) },
  m: { match: '\\d{1,2}', set: (f, t) => (f.month = Number(t)) },
  b: { match: monthName, set: (f, t) => (f.month = monthOf(t)) },
  d: { match: '\\s?\\d{1,2}', set: (f, t) => (f.day = Number(t)) },
  a: { match: dayName },
  H: { match: '\\s?\\d{1,2}', set: (f, t) => (f.hour = Number(t)) },
  I: { match: '\\s?\\d{1,2}', set: (f, t) => (f.hour = Number(t)) },
  p: { match: '[ap]\\.?m\\.?', set: (f, t) => (f.pm = t[0]!.toLowerCase() === 'p' ? 1 : 0) },
  M: { match: '\\d{1,2}', set: (f, t) => (f.minute = Number(t)) },
  S: { match: '\\d{1,2}', set: (f, t) => (f.second = Number(t)) },
  f: { match: '\\d{1,9}', set: (f, t) => (f.ms = fraction(t)) },
  z: { match: 'Z|[+-]\\d{2}:?\\d{2}', set: (f, t) => (f.offset = offsetOf(t)) },
}
Object.assign(directives, { B: directives.b, h: directives.b, A: directives.a, e: directives.d })
const shorthands: Record<string, string> = { F: '%Y-%m-%d', T: '%H:%M:%S', R: '%H:%M', D: '%m/%d/%y' }

/**
 * Throws BAD_REQUEST for a directive it does not know, an unknown zone, or a pattern that lacks the year when
 * none is given.
 */
export const timeReader = (options: TimeFormatOptions): TimeReader => {
  const iso = isoReader(options)
  if (options.format === 'iso') return iso
  if (options.format === 'unix') return (value) => scaled(value, 1000)
  if (options.format === 'unix-ms') return (value) => scaled(value, 1)
  if (options.format === 'auto') return (value) => iso(value) ?? scaled(value, 1)
  if (!options.format.includes('%')) {
    const message = `"${options.format}" is no time format. Use iso, unix, unix-ms, or a pattern such as "%Y-%m-%d %H:%M:%S,%f".`
    throw new AppError('BAD_REQUEST', message)
  }
  return patternReader(options)
}

const scaled = (value: unknown, factor: number): number | undefined => {
  const text =
    typeof value === 'number' ? value : typeof value === 'string' && value.trim() ? Number(value) : Number.NaN
  const ms = Math.round(text * factor)
  return isInstant(ms) ? ms : undefined
}

const isoReader = (options: TimeFormatOptions): TimeReader => {
  const wall = wallClockIn(options.zone ?? 'UTC')
  const shape =
    /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-]\d{2}:?\d{2})?)?$/
  return (value) => {
    const match = typeof value === 'string' ? shape.exec(value.trim()) : null
    if (!match) return undefined
    const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0))
    const ms = match[7] ? fraction(match[7]) : 0
    const offset = match[8] ? offsetOf(match[8]) : undefined
    return instant({ year, month, day, hour, minute, second, ms, offset } as Fields, wall)
  }
}

const patternReader = (options: TimeFormatOptions): TimeReader => {
  const pattern = options.format.replace(/%([FTRD])/g, (_, name: string) => shorthands[name]!)
  const setters: ((fields: Fields, text: string) => void)[] = []
  let names = ''
  const source = pattern.replace(
    /%(.)|(\s+)|([^%\s])/gs,
    (_, name?: string, space?: string, literal?: string) => {
      if (space) return '\\s+'
      if (literal) return literal.replace(/[\\^$.*+?()[\]{}|]/, '\\$&')
      if (name === '%') return '%'
      const directive = directives[name!]
      if (!directive) {
        const message = `The time format has %${name}, which is not known. Known: %${[...Object.keys(directives), ...Object.keys(shorthands), '%'].join(' %')}`
        throw new AppError('BAD_REQUEST', message)
      }
      names += name
      if (!directive.set) return directive.match
      setters.push(directive.set)
      return `(${directive.match})`
    },
  )
  if (!/[Yy]/.test(names) && options.year === undefined) {
    throw new AppError(
      'BAD_REQUEST',
      `The time format "${options.format}" has no year: give one with --time-year.`,
    )
  }
  const shape = new RegExp(`^${source}$`, 'i')
  const wall = wallClockIn(options.zone ?? 'UTC')
  return (value) => {
    const match =
      typeof value === 'string' || typeof value === 'number' ? shape.exec(String(value).trim()) : null
    if (!match) return undefined
    const fields: Fields = {}
    for (const [index, set] of setters.entries()) set(fields, match[index + 1]!)
    return instant({ year: options.year!, ...fields }, wall)
  }
}

/** Refuses fields that are no time, as everywhere (`platform/instant.ts`). */
const instant = (fields: Fields, wall: (wallMs: number) => number): number | undefined => {
  const { year = 1970, month = 1, day = 1, minute = 0, second = 0, ms = 0, offset } = fields
  let { hour = 0 } = fields
  if (fields.pm !== undefined) {
    if (hour < 1 || hour > 12) return undefined
    hour = (hour % 12) + 12 * fields.pm
  }
  const toUtc = offset === undefined ? wall : (at: number) => at - offset
  return instantOf({ year, month, day, hour, minute, second, ms }, toUtc)
}
