import { readFile } from 'node:fs/promises'
import { buffer as readAll } from 'node:stream/consumers'
import { Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml'
import { nameOf } from '../../modules/alerting/alert-rule.apply.ts'
import { AppError } from '../../platform/errors.ts'
import { badUtf8At, utf8Fault } from '../../platform/utf8.ts'
import { printable } from '../output.ts'

/** Rules that stand in a file, and where. */
export type RuleFile = {
  /** Path of the file, as it was given. */
  readonly name: string
  readonly rules: readonly unknown[]
  /** The line, from 1, of what a path of an error (`rules`, `3`, `window`) names, or else of what it would be in. */
  lineOf(path: readonly string[]): number
}

type Place = { readonly range?: readonly number[] | null | undefined }

/** What a path names in the document, or the innermost thing around it that is there. */
const placeOf = (document: Document.Parsed, path: readonly string[]): Place => {
  let found: Place = document.contents ?? {}
  let node: unknown = document.contents
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === part)
      if (!pair) return found
      found = pair.key as Place
      node = pair.value
    } else if (isSeq(node) && isNode(node.items[Number(part)])) {
      node = node.items[Number(part)]
      found = node as Place
    } else return found
  }
  return found
}

/** Where the first alias stands that names nothing. */
const unresolved = (document: Document.Parsed): number => {
  let at = 0
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document)) return undefined
      at = alias.range?.[0] ?? 0
      return visit.BREAK
    },
  })
  return at
}

const refuse = (words: string): never => {
  throw new AppError('BAD_REQUEST', words)
}

/** Reads rules as YAML, or as JSON, which is YAML too. Throws AppError with each line that is wrong. */
export const parseRules = (name: string, text: string): RuleFile => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const wrong = (line: number, message: string): string => `${name}:${line}: ${message}`
  if (document.errors.length > 0)
    refuse(document.errors.map(({ pos, message }) => wrong(lines.linePos(pos[0]).line, message)).join('\n'))
  const lineOf = (path: readonly string[]): number =>
    lines.linePos(placeOf(document, path).range?.[0] ?? 0).line || 1
  let value: unknown
  try {
    value = document.toJS()
  } catch (error) {
    // An alias that names nothing, or too many of them.
    refuse(wrong(lines.linePos(unresolved(document)).line || 1, (error as Error).message))
  }
  const { rules, ...others } = (typeof value === 'object' && value !== null ? value : {}) as {
    readonly rules?: unknown
  }
  if (!Array.isArray(rules))
    return refuse(wrong(lineOf(['rules']), '"rules:" with a list of rules is expected'))
  const [other] = Object.keys(others)
  if (other !== undefined)
    refuse(wrong(lineOf([other]), `there is "rules" in such a file, and no "${other}"`))
  return { name, rules, lineOf }
}

/** The text of a file. Throws AppError with the line where it is none: a name would be another one unseen. */
export const textOf = (name: string, bytes: Buffer): string => {
  const at = badUtf8At(bytes)
  if (at === undefined) return bytes.toString('utf8')
  const before = bytes.subarray(0, at).toString('latin1').split('\n')
  return refuse(
    `${name}:${before.length}: ${utf8Fault(bytes.subarray(at - before.at(-1)!.length))} in that line. Save the file as UTF-8.`,
  )
}

const rulesIn = (name: string, bytes: Buffer): RuleFile => parseRules(name, textOf(name, bytes))

/** Reads a file of rules, or standard input (`-`). Throws AppError. */
export const readRules = async (path: string): Promise<RuleFile> => {
  if (path === '-') return rulesIn('standard input', await readAll(process.stdin))
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new AppError(
      'NOT_FOUND',
      cause.code === 'ENOENT' ? `There is no file ${path}` : `${path} can't be read (${cause.code})`,
      { cause },
    )
  })
  return rulesIn(path, bytes)
}

/** What is wrong, a line each: `rules.yaml:14: "High CPU": window: from PT1S to P1D.` */
export const placedErrors = (
  { name, rules, lineOf }: RuleFile,
  errors: readonly { readonly path: readonly string[]; readonly message: string }[],
): string =>
  errors
    .map(({ path, message }) => {
      const [list, index] = path
      const rule = list === 'rules' && index !== undefined ? rules[Number(index)] : undefined
      const said =
        index === undefined ? message : message.replace(`${list}.${index}`, '').replace(/^[.:] ?/, '')
      const called = nameOf(rule)
      return printable(`${name}:${lineOf(path)}: ${called === undefined ? '' : `"${called}": `}${said}`)
    })
    .join('\n')

/** Rules as a file that `readRules` reads. */
export const writtenRules = (rules: readonly object[], format: 'yaml' | 'json'): string => {
  if (format === 'json') return `${JSON.stringify({ rules }, undefined, 2)}\n`
  const document = new Document({ rules })
  const list = document.get('rules')
  if (isSeq(list))
    for (const [index, item] of list.items.entries()) if (isNode(item) && index > 0) item.spaceBefore = true
  return document.toString({ lineWidth: 100 })
}
