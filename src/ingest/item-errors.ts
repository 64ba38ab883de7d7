import type { z } from 'zod'
import { digitsOf } from '../platform/json.ts'

/**
 * Why one item of a batch was not taken. A closed list: producers switch on it, `docs/errors.md` explains it.
 */
export const itemErrorCodes = [
  'INVALID_JSON',
  'NOT_AN_OBJECT',
  'MISSING_FIELD',
  'INVALID_FIELD',
  'UNKNOWN_FIELD',
  'TOO_OLD',
  'IN_THE_FUTURE',
  'TOO_LARGE',
] as const

export type ItemErrorCode = (typeof itemErrorCodes)[number]

/**
 * `message` names the field and what was expected, and repeats at most `CLIP` characters of what was sent.
 */
export type ItemError = { readonly code: ItemErrorCode; readonly message: string }

/** Stands among the items of a batch where one could not be read, or may not be. */
export class Unread {
  readonly error: ItemError

  constructor(error: ItemError) {
    this.error = error
  }
}

/** Enough to recognize a value, too little to leak a document into a log of rejections. */
const CLIP = 40

const clip = (text: string): string => (text.length > CLIP ? `${text.slice(0, CLIP)}...` : text)

const shown = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(clip(value))
  if (Array.isArray(value)) return 'an array'
  const digits = digitsOf(value)
  if (digits !== undefined) return clip(digits)
  return typeof value === 'object' && value !== null ? 'an object' : clip(String(value))
}

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value)

/**
 * The first thing wrong with an item. Every schema's own message is the expectation: "text of 1 to 128
 * characters".
 */
export const itemError = (issue: z.core.$ZodIssue, value: unknown): ItemError => {
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.slice(0, 3).map(clip).join(', ')
    return { code: 'UNKNOWN_FIELD', message: `${names}: not a field of this dataset` }
  }
  if (issue.path.length === 0) {
    return { code: 'NOT_AN_OBJECT', message: `expected a JSON object, got ${shown(value)}` }
  }
  const path = issue.path.map((key) => clip(String(key))).join('.')
  const given = at(value, issue.path)
  return given === undefined
    ? { code: 'MISSING_FIELD', message: `${path}: missing, expected ${issue.message}` }
    : { code: 'INVALID_FIELD', message: `${path}: expected ${issue.message}, got ${shown(given)}` }
}
