import { AppError } from '../../../platform/errors.ts'
import type { ReadOptions } from './format.ts'

const listed = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ')

const delimiters: Readonly<Record<string, string>> = { ';': ';', '\t': 'tab', '|': '|', ',': ',' }

const looksLikeData = (cell: string): boolean => /^\s*(?:[-+]?\d[\d.]*|\d{4}-\d\d-\d\d.*)\s*$/.test(cell)

/** The names of a header. Throws BAD_REQUEST, with the flag that helps, for one that can't be what was meant. */
export const headerOf = (
  cells: readonly string[],
  { columns, delimiter }: ReadOptions,
): readonly string[] => {
  const names = cells.map((cell) => cell.trim())
  const other = Object.keys(delimiters).find((each) => each !== delimiter && names[0]!.includes(each))
  if (names.length === 1 && other !== undefined) {
    const message = `The header is one column, "${names[0]!.slice(0, 80)}". Say what is between the columns: --delimiter "${delimiters[other]!}".`
    throw new AppError('BAD_REQUEST', message)
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) {
    const message = `The header names the column "${twice}" twice. Rename one, or say --no-header and name columns by their number.`
    throw new AppError('BAD_REQUEST', message)
  }
  requireColumns(names, columns, cells.some(looksLikeData))
  return names
}

/** Names for the columns of a file without a header: 1, 2, 3 and so on. */
export const numbersOf = (cells: readonly string[], { columns }: ReadOptions): readonly string[] => {
  const names = cells.map((_, index) => String(index + 1))
  requireColumns(names, columns, false)
  return names
}

const requireColumns = (
  names: readonly string[],
  columns: readonly string[],
  looksLikeRow: boolean,
): void => {
  const missing = columns.filter((column) => !names.includes(column))
  if (missing.length === 0) return
  const hint = looksLikeRow
    ? ' If its first line is a row, say --no-header and name columns by their number.'
    : ''
  const message = `The file has no column ${listed(missing)}. It has: ${names.join(', ')}.${hint}`
  throw new AppError('BAD_REQUEST', message)
}
