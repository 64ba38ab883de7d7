import type { Readable } from 'node:stream'
import { AppError } from '../../../platform/errors.ts'
import { parseRecord } from './csv-record.ts'
import { headerOf, numbersOf } from './csv-header.ts'
import { maxRecordChars, numbered, type Format, type ReadOptions, type Unnumbered } from './format.ts'
import { lines, type Line } from './lines.ts'

type Cells = { readonly line: number; readonly cells?: readonly string[]; readonly problem?: string }

const unbalanced = 'a quote opens and is not closed, or text follows a closing quote'

/** Lines that can be given back, to be read again. */
const createPile = (source: AsyncGenerator<Line>) => {
  let ahead: Line[] = []
  return {
    next: async (): Promise<Line | undefined> => ahead.shift() ?? (await source.next()).value ?? undefined,
    giveBack: (unread: readonly Line[]): void => void (ahead = [...unread, ...ahead]),
    [Symbol.asyncDispose]: async () => void (await source.return(undefined)),
  }
}

/**
 * Records of the file. One whose quotes don't fit costs only its first line: reading goes on with the next, so
 * that a quote too many does not swallow the rest of the file. `width` is asked for each record, since the first
 * one decides it.
 */
async function* records(
  pile: ReturnType<typeof createPile>,
  delimiter: string,
  width: () => number | undefined,
): AsyncGenerator<Cells> {
  for (let first = await pile.next(); first; first = await pile.next()) {
    const { number: line, problem } = first
    if (problem !== undefined) yield { line, problem }
    if (problem !== undefined || first.text.trim() === '') continue
    const taken: Line[] = [first]
    let text = first.text
    let parsed = parseRecord(text, delimiter)
    while (parsed === 'open' && text.length <= maxRecordChars) {
      const next = await pile.next()
      if (!next || next.problem !== undefined) {
        if (next) pile.giveBack([next])
        break
      }
      text += taken.at(-1)!.end + next.text
      taken.push(next)
      if (next.text.includes('"')) parsed = parseRecord(text, delimiter)
    }
    const wrongWidth =
      taken.length > 1 && Array.isArray(parsed) && parsed.length !== (width() ?? parsed.length)
    if (typeof parsed === 'string' || wrongWidth) {
      pile.giveBack(taken.slice(1))
      yield { line, problem: unbalanced }
    } else yield { line, cells: parsed }
  }
}

async function* rows(source: Readable, options: ReadOptions): AsyncGenerator<Unnumbered> {
  const delimiter = options.delimiter ?? ','
  await using pile = createPile(lines(source))
  let header: readonly string[] | undefined
  for await (const { line, cells, problem } of records(pile, delimiter, () => header?.length)) {
    if (!cells) {
      if (!header && options.header)
        throw new AppError('BAD_REQUEST', `The header can't be read: ${problem}.`)
      yield { line, problem: problem! }
      continue
    }
    if (!header) {
      header = options.header ? headerOf(cells, options) : numbersOf(cells, options)
      if (options.header) continue
    }
    const names = header
    yield cells.length === names.length
      ? { line, record: Object.fromEntries(names.map((name, index) => [name, cells[index]])) }
      : {
          line,
          problem: `the row has not the ${names.length} columns of the ${options.header ? 'header' : 'first row'}`,
        }
  }
}

const reader = (delimiter: string): Format['read'] =>
  async function* read(source, options) {
    yield* numbered(rows(source, { ...options, delimiter: options.delimiter ?? delimiter }))
  }

const firstLine = (head: string): string => head.trimStart().split(/\r\n|\n|\r/, 1)[0]!

/** A table in text: cells between commas, or what --delimiter says. */
export const csv: Format = {
  endings: ['csv'],
  looksLike: (head) => /^[\w "'.-]+(?:[,;|\t][\w "'.-]+)+$/.test(firstLine(head)),
  read: reader(','),
}

/** The same between tabs. */
export const tsv: Format = { endings: ['tsv', 'tab'], looksLike: () => false, read: reader('\t') }
