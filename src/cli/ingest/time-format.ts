import { AppError } from '../../platform/errors.ts'
import { instantOf, isInstant } from '../../platform/instant.ts'
import { digitsOf } from '../../platform/json.ts'
import { wallClockIn } from './time-zone.ts'
import { createYears, type InYear } from './time-year.ts'

export type TimeFormatOptions = {
  /**
   * `auto` (ISO text, Unix time by its size, or the times of syslog and access logs), `iso`, `unix` (seconds),
   * `unix-ms`, `unix-us`, `unix-ns`, or a pattern with % directives.
   */
  readonly format: string
  /** The year of the first time that has none. */
  readonly year?: number | undefined
  /** In place of it, for `auto`: the first time is in the latest year that puts it before this (Unix ms). */
  readonly notAfterMs?: number | undefined
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
  if (!/^[+-]/.test(text)) return 0 // Z, UTC, GMT
  const digits = text.slice(1).replace(':', '')
  return (text[0] === '-' ? -1 : 1) * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2, 4))) * 60_000
}

const monthName =
  '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)'
const dayName = '(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?'

const zone = 'Z|UTC|GMT|[+-]\\d{2}(?::?\\d{2})?'

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
  z: { match: zone, set: (f, t) => (f.offset = offsetOf(t)) },
}
Object.assign(directives, { B: directives.b, h: directives.b, A: directives.a, e: directives.d })
const shorthands: Record<string, string> = { F: '%Y-%m-%d', T: '%H:%M:%S', R: '%H:%M', D: '%m/%d/%y' }

/**
 * Throws BAD_REQUEST for a directive it does not know, an unknown zone, or a pattern that lacks the year when
 * none is given.
 */
export const timeReader = (options: TimeFormatOptions): TimeReader => {
  const unit = Object.hasOwn(units, options.format) ? units[options.format] : undefined
  if (unit !== undefined) return (value) => scaled(value, () => unit)
  const inYear = createYears(options)
  const iso = isoReader(options)
  if (options.format === 'iso') return iso
  if (options.format === 'auto') {
    const yearless = options.year ?? options.notAfterMs
    const patterns = [...(yearless === undefined ? [] : yearlessTimes), ...datedTimes]
    const readers = [
      iso,
      unixBySize,
      ...patterns.map((format) => patternReader({ ...options, format }, inYear)),
    ]
    return (value) => {
      for (const read of readers) {
        const ms = read(value)
        if (ms !== undefined) return ms
      }
      return undefined
    }
  }
  if (!options.format.includes('%')) {
    const message = `"${options.format}" is no time format. Use iso, ${Object.keys(units).join(', ')}, or a pattern such as "%Y-%m-%d %H:%M:%S,%f".`
    throw new AppError('BAD_REQUEST', message)
  }
  return patternReader({ ...options, notAfterMs: undefined }, inYear)
}

/** Of syslog (RFC 3164), of Apache's error log, and of access logs. */
const yearlessTimes = ['%b %d %T', '%b %d %T.%f']
const datedTimes = ['%b %d %Y %T', '%d/%b/%Y:%T %z', '%a %b %d %T.%f %Y', '%a %b %d %T %Y']

/** Milliseconds that one of each is. */
const units: Readonly<Record<string, number>> = { unix: 1000, 'unix-ms': 1, 'unix-us': 1e-3, 'unix-ns': 1e-6 }
const decimal = /^[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?$/i

const scaled = (value: unknown, unitOf: (amount: number) => number): number | undefined => {
  const text =
    typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : digitsOf(value)
  if (text === undefined || !decimal.test(text)) return undefined
  const amount = Number(text)
  const ms = Math.round(amount * unitOf(amount))
  return isInstant(ms) ? ms : undefined
}

/** Seconds up to the year 5138, and each finer unit from 1973 on: no number of our days is two of them. */
const unixBySize: TimeReader = (value) =>
  scaled(value, (amount) => {
    const size = Math.abs(amount)
    return size < 1e11 ? 1000 : size < 1e14 ? 1 : size < 1e17 ? 1e-3 : 1e-6
  })

const isoReader = (options: TimeFormatOptions): TimeReader => {
  const wall = wallClockIn(options.zone ?? 'UTC')
  const shape =
    /^(\d{4})([-/])(\d{2})\2(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?$/
  return (value) => {
    const match = typeof value === 'string' ? shape.exec(value.trim()) : null
    if (!match) return undefined
    match.splice(2, 1) // the sign between the parts of the date
    const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0))
    const ms = match[7] ? fraction(match[7]) : 0
    const offset = match[8] ? offsetOf(match[8]) : undefined
    return instant({ year, month, day, hour, minute, second, ms, offset } as Fields, wall)
  }
}

const patternReader = (options: TimeFormatOptions, inYear: InYear): TimeReader => {
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
  const dated = /[Yy]/.test(names)
  if (!dated && options.year === undefined && options.notAfterMs === undefined) {
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
    return dated ? instant(fields, wall) : inYear((year) => instant({ ...fields, year }, wall))
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
