/**
 * A template: text, placeholders `{{ name }}` and sections `{{#name}} … {{/name}}`, which are repeated for each item
 * of a list, and of any other name stand once where it has a value.
 */
type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'section'; readonly name: string; readonly parts: readonly Part[] }
export type Template = readonly Part[]

/** What placeholders stand for. A name with dots is looked up in what stands before the first. */
export type Values = {
  readonly [name: string]: string | Readonly<Record<string, string>> | readonly Values[]
}

/** Names that a template may have: those of records (`labels`) with and without `.NAME`. */
export type Names = {
  readonly texts: ReadonlySet<string>
  readonly records: ReadonlySet<string>
  readonly lists: Readonly<Record<string, Names>>
}

/** Stands where a label is missing that the template names. */
export const NO_VALUE = '<no value>'
/** Deeper ones repeat more than anybody reads. */
const MAX_DEPTH = 3

/** What is wrong with a template, in words for who wrote it. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
}

/**
 * Sections and placeholders that one rendering goes through: sections that give nothing are work too, 50 incidents of 1,000 of
 * them.
 */
export const MAX_STEPS = 50_000

// What is between the braces is taken apart without it: spaces that three parts of one expression could take, and no end
// after them, would be tried in every way there is.
const tag = /\{\{([^{}]*)\}\}/g
const taken = (inner: string): readonly [sign: string, name: string] => {
  const text = inner.trim()
  return text.startsWith('#') || text.startsWith('/') ? [text[0]!, text.slice(1).trim()] : ['', text]
}

/** What stands under a name, and nothing that every object has. */
const ownOf = <T>(of: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(of, name) ? of[name] : undefined

const isKnown = (name: string, names: Names): boolean => {
  const [record, ...rest] = name.split('.')
  if (names.texts.has(name) || names.records.has(name)) return true
  return names.records.has(record!) && rest.join('.') !== ''
}

type Open = { readonly name: string; readonly parts: Part[]; readonly names: Names }

/** Reads a template. Throws TemplateError for a name that nothing has and a section that is not closed. */
export const parseTemplate = (text: string, names: Names): Template => {
  const root: Open = { name: '', parts: [], names }
  const open: Open[] = [root]
  let end = 0
  const textTo = (to: number): void => {
    const between = text.slice(end, to)
    if (between.includes('{{')) throw new TemplateError('"{{" begins a placeholder that has no end.')
    if (between !== '') open.at(-1)!.parts.push({ kind: 'text', text: between })
  }
  for (const match of text.matchAll(tag)) {
    const [whole, inside] = match as unknown as [string, string]
    const [sign, name] = taken(inside)
    textTo(match.index)
    end = match.index + whole.length
    const inner = open.at(-1)!
    if (sign === '/') {
      if (inner === root || inner.name !== name)
        throw new TemplateError(`${whole} closes a section that is not open.`)
      open.pop()
    } else if (sign === '#') {
      const item = ownOf(inner.names.lists, name)
      if (!item && !isKnown(name, inner.names)) throw new TemplateError(`There is no "${name}" to repeat.`)
      if (open.length > MAX_DEPTH) throw new TemplateError(`${whole} is nested too deeply.`)
      const parts: Part[] = []
      inner.parts.push({ kind: 'section', name, parts })
      open.push({ name, parts, names: item ?? inner.names })
    } else {
      if (!isKnown(name, inner.names)) throw new TemplateError(`There is no placeholder ${whole}.`)
      inner.parts.push({ kind: 'value', name })
    }
  }
  textTo(text.length)
  if (open.length > 1) throw new TemplateError(`{{#${open.at(-1)!.name}}} is not closed.`)
  return root.parts
}

const recordText = (record: Readonly<Record<string, string>>): string =>
  Object.entries(record)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ')

const isRecord = (value: Values[string] | undefined): value is Readonly<Record<string, string>> =>
  typeof value === 'object' && !Array.isArray(value)

const valueOf = (name: string, values: Values): string => {
  const whole = ownOf(values, name)
  if (typeof whole === 'string') return whole
  if (isRecord(whole)) return recordText(whole)
  const dot = name.indexOf('.')
  const record = ownOf(values, name.slice(0, Math.max(dot, 0)))
  return isRecord(record) ? (ownOf(record, name.slice(dot + 1)) ?? '') : ''
}

/** The same as whether its text is empty, which is not made for it. */
const hasValue = (name: string, values: Values): boolean => {
  const whole = ownOf(values, name)
  return isRecord(whole) ? Object.keys(whole).length > 0 : valueOf(name, values) !== ''
}

/**
 * The text of a template, `most` characters of it, and whether that is all: what is more is not made first and cut then, nor
 * is there work without end for what gives no text. What has no value is `<no value>`.
 */
export const renderTemplate = (
  template: Template,
  given: Values,
  most: number,
): { readonly text: string; readonly isWhole: boolean } => {
  const texts: string[] = []
  let left = most
  let steps = MAX_STEPS
  const put = (text: string): void => {
    texts.push(text.slice(0, Math.max(left, 0)))
    left -= text.length
  }
  /** Whether there is room for more. */
  const goesOn = (): boolean => left >= 0 && steps >= 0
  const render = (parts: Template, values: Values): void => {
    steps -= 1
    for (const part of parts) {
      steps -= 1
      if (!goesOn()) return
      if (part.kind === 'text') put(part.text)
      else if (part.kind === 'value') put(valueOf(part.name, values) || NO_VALUE)
      else section(part, values)
    }
  }
  const section = ({ name, parts }: Part & { kind: 'section' }, values: Values): void => {
    const items = ownOf(values, name)
    if (!Array.isArray(items)) {
      if (hasValue(name, values)) render(parts, values)
      return
    }
    for (const item of items as readonly Values[]) {
      if (!goesOn()) return
      render(parts, item)
    }
  }
  render(template, given)
  return { text: texts.join(''), isWhole: goesOn() }
}
