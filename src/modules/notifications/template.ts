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

const tag = /\{\{\s*([#/]?)\s*([^{}]*?)\s*\}\}/g

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
    const [whole, sign, name] = match as unknown as [string, string, string]
    textTo(match.index)
    end = match.index + whole.length
    const inner = open.at(-1)!
    if (sign === '/') {
      if (inner === root || inner.name !== name)
        throw new TemplateError(`${whole} closes a section that is not open.`)
      open.pop()
    } else if (sign === '#') {
      const item = inner.names.lists[name]
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

const valueOf = (name: string, values: Values): string => {
  const whole = Object.hasOwn(values, name) ? values[name]! : undefined
  if (typeof whole === 'string') return whole
  if (whole !== undefined)
    return Array.isArray(whole) ? '' : recordText(whole as Readonly<Record<string, string>>)
  const dot = name.indexOf('.')
  const record = values[name.slice(0, Math.max(dot, 0))] as Readonly<Record<string, string>> | undefined
  const key = name.slice(dot + 1)
  return record && Object.hasOwn(record, key) ? record[key]! : ''
}

/** The text of a template. What has no value is `<no value>`. */
export const renderTemplate = (template: Template, values: Values): string =>
  template
    .map((part) => {
      if (part.kind === 'text') return part.text
      if (part.kind === 'value') return valueOf(part.name, values) || NO_VALUE
      const items = values[part.name]
      if (Array.isArray(items))
        return (items as readonly Values[]).map((item) => renderTemplate(part.parts, item)).join('')
      return valueOf(part.name, values) === '' ? '' : renderTemplate(part.parts, values)
    })
    .join('')
