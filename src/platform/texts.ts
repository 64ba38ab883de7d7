import { z } from 'zod'

// Line breaks, escapes, invisible letters and those that turn the direction of writing around: with them a
// name passes for another one, or moves the cursor of whoever lists it. Joiners (U+200C, U+200D) some scripts
// and emoji need.
const HIDDEN = /(?![\u200C\u200D])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u
const JOINER_AT_THE_EDGE = /^[\u200C\u200D]+|[\u200C\u200D]+$/g
// Some letters have no ink (U+3164), and U+2800 is a pattern of no dots.
const VISIBLE = /[[\p{L}\p{N}\p{P}\p{S}]--[\p{Default_Ignorable_Code_Point}\u2800]]/v

/**
 * A name that people give and others read: trimmed, 1 to `longest` characters, one of them visible, none
 * hidden.
 */
export const nameOf = (longest: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .refine(
      (name) => !HIDDEN.test(name) && name.search(JOINER_AT_THE_EDGE) < 0,
      'control and invisible characters are not allowed',
    )
    .refine((name) => VISIBLE.test(name), 'a visible character is needed')

/** The nearest name to one that somebody else gave; empty when nothing of it can be seen. */
export const asName = (text: string, longest: number): string => {
  const name = text
    .toWellFormed()
    .replaceAll(new RegExp(`(?:${HIDDEN.source})+`, 'gu'), ' ')
    .trim()
    .slice(0, longest)
    .toWellFormed()
    .replace(JOINER_AT_THE_EDGE, '')
    .trim()
  return nameOf(longest).safeParse(name).success ? name : ''
}

/** A text of any kind, on as many lines as one likes. U+0000 Postgres can't keep. */
export const anyText = z.string().refine((text) => !text.includes('\0'), 'U+0000 is not allowed')
