import { Kind, type ValueNode } from 'graphql'
import { parseDuration } from '../platform/duration.ts'
import { AppError } from '../platform/errors.ts'
import { parseInstant } from '../platform/instant.ts'
import { builder } from './builder.ts'

/** Trap: graphql gives the place of a literal to whatever a scalar throws, but not to a GraphQLError. */
const bad = (message: string): AppError => new AppError('BAD_REQUEST', message)

const parseDateTime = (value: unknown): Date => {
  const ms = typeof value === 'string' ? parseInstant(value) : undefined
  if (ms === undefined)
    throw bad('DateTime: expected RFC 3339 such as "2026-11-20T18:00:00.000Z", of the years 1 to 9999.')
  return new Date(ms)
}

builder.scalarType('DateTime', {
  description: 'An instant: RFC 3339 in UTC with milliseconds, such as 2026-11-20T18:00:00.000Z.',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time',
  serialize: (value) => value.toISOString(),
  parseValue: parseDateTime,
})

const parseBigInt = (value: unknown): bigint => {
  if ((typeof value === 'string' && /^-?\d{1,19}$/.test(value)) || Number.isSafeInteger(value)) {
    const whole = BigInt(value as string)
    if (BigInt.asIntN(64, whole) === whole) return whole
  }
  throw bad('BigInt: expected a whole number of 64 bits, as text when it is larger than 2^53.')
}

builder.scalarType('BigInt', {
  description:
    'A whole number of up to 64 bits. Text on the wire, because JSON numbers are exact only up to 2^53.',
  // Points of charts come as numbers by the thousand.
  serialize: (value) => (Number.isSafeInteger(value) ? String(value) : BigInt(value).toString()),
  parseValue: parseBigInt,
  parseLiteral: (node: ValueNode) => {
    if (node.kind === Kind.INT || node.kind === Kind.STRING) return parseBigInt(node.value)
    throw bad('BigInt: expected a whole number.')
  },
})

builder.scalarType('Duration', {
  description:
    'A length of time: an ISO 8601 duration of weeks, days, hours, minutes and seconds, such as PT5M or P1D.',
  specifiedByURL: 'https://scalars.graphql.org/chillicream/duration.html',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value !== 'string') throw bad('Duration: expected ISO 8601 such as "PT5M" or "P1D".')
    parseDuration(value, { zero: true }) // throws when it is none; where zero makes no sense, the field says so
    return value
  },
})

builder.scalarType('JSON', {
  description: 'Any JSON value.',
  serialize: (value) => value,
  parseValue: (value) => value,
})
