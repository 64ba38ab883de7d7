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

/**
 * A text without the case of its letters: two texts are the same "in any case" when these are equal. Letters go
 * down, up and down again, since some meet only in their capitals (ß and SS, ſ and S, ı and I), and the two
 * small sigmas are one. Each letter by itself, whatever stands around it, so that what is in a text is in this
 * one too. ClickHouse (`clickhouse/filter.ts`) and Postgres (`without_case` in the migrations) have the same in SQL;
 * tests compare them letter by letter.
 */
export const withoutCase = (text: string): string =>
  text.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ')

/** Whether Postgres can keep a value: of texts it takes neither U+0000 nor half a surrogate pair. */
export const isStorable = (value: unknown): boolean =>
  typeof value !== 'string' || (!value.includes('\0') && value.isWellFormed())

/** A text that Postgres can keep: what it can't becomes U+FFFD. */
export const asStorable = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD')

/** A text of any kind, on as many lines as one likes. */
export const anyText = z.string().refine(isStorable, 'U+0000 and half of a surrogate pair are not allowed')

/** Characters of the name of a label, and of an attribute of a fact, which alert rules and incidents make a label of. */
export const MAX_LABEL_NAME = 128
/** Trap: `__proto__` is no name, since most programs that read it back into an object would lose it, or worse. */
export const isLabelName = (name: string): boolean =>
  name.length >= 1 && name.length <= MAX_LABEL_NAME && name !== '__proto__'
export const labelName = anyText
  .min(1)
  .max(MAX_LABEL_NAME)
  .refine((name) => name !== '__proto__', 'this name is not allowed')
