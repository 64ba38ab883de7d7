import { z } from 'zod'

/** What became of a number of rows. */
export const tallySchema = z.object({
  rows: z.number().int(),
  accepted: z.number().int(),
  duplicates: z.number().int(),
  rejected: z.array(
    z.object({
      code: z.string(),
      message: z.string(),
      count: z.number().int(),
      lines: z.array(z.number().int()),
    }),
  ),
})
export type Tally = z.infer<typeof tallySchema>

export type Rejection = { readonly line: number; readonly code: string; readonly message: string }

const linesShown = 5
// Messages that quote a value would make a group a row; what comes after this many goes into one group a
// code.
const groupsKept = 50

export const emptyTally = (): Tally => ({ rows: 0, accepted: 0, duplicates: 0, rejected: [] })

/** Counts rejections by code and message, and keeps the first lines of each. */
export const addRejections = (tally: Tally, rejections: readonly Rejection[]): void => {
  for (const { code, message, line } of rejections)
    mergeGroup(tally, { code, message, count: 1, lines: [line] })
}

/** Adds `part` to `total`. */
export const addTally = (total: Tally, part: Tally): void => {
  total.rows += part.rows
  total.accepted += part.accepted
  total.duplicates += part.duplicates
  for (const group of part.rejected) mergeGroup(total, group)
}

const mergeGroup = (tally: Tally, group: Tally['rejected'][number]): void => {
  const find = (message: string) =>
    tally.rejected.find((known) => known.code === group.code && known.message === message)
  const full = tally.rejected.length >= groupsKept
  const known = find(group.message) ?? (full ? find('other reasons') : undefined)
  if (!known) {
    const message = full ? 'other reasons' : group.message
    tally.rejected.push({ ...group, message, lines: group.lines.slice(0, linesShown) })
    return
  }
  known.count += group.count
  known.lines = [...known.lines, ...group.lines].toSorted((a, b) => a - b).slice(0, linesShown)
}

export const rejectedRows = (tally: Pick<Tally, 'rejected'>): number =>
  tally.rejected.reduce((sum, group) => sum + group.count, 0)
