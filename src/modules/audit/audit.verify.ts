import { auditHash } from './audit.chain.ts'
import { PRUNED } from './audit.prune.store.ts'
import type { ChainedRow, ChainReader } from './audit.store.ts'

export type DamageKind = 'EDITED' | 'REMOVED' | 'REORDERED' | 'INSERTED' | 'CUT_OFF'
/** What is wrong with a chain, and in which row it shows. */
export type Damage = { readonly sequence: number; readonly kind: DamageKind; readonly message: string }
export type Verdict = {
  readonly rows: number
  /**
   * Sequence and hash of the newest row: written down elsewhere, they prove later that nothing before them
   * was touched.
   */
  readonly head: { readonly sequence: number; readonly hash: string } | undefined
  /** The first findings, in order. */
  readonly damage: readonly Damage[]
  /** How many findings there are past those. */
  readonly more: number
}

const PAGE = 1_000
/** Past this many findings the rest of a chain says nothing new: they are counted. */
const MAX_DAMAGE = 20
/** How far a row that was moved is looked for, in rows to each side. */
const MOVED_BY = 500

/** The sequence under which a row's content and hash fit, when it is not the one that it has now. */
const writtenAs = (row: ChainedRow): number | undefined => {
  for (let by = 1; by <= MOVED_BY; by += 1)
    for (const sequence of [row.sequence - by, row.sequence + by])
      if (sequence > 0 && auditHash(row.prevHash, { ...row, sequence }).equals(row.hash)) return sequence
  return undefined
}

const missing = (from: number, to: number): string =>
  from === to ? `Row ${from} is missing.` : `Rows ${from} to ${to} are missing.`

/**
 * What one row says about itself and about the row before it. Without `search` it is not looked for where
 * else it belongs.
 */
const look = (
  row: ChainedRow,
  previous: Buffer,
  beforePrevious: Buffer | undefined,
  search: boolean,
): Damage | undefined => {
  const { sequence } = row
  const linked = row.prevHash.equals(previous)
  const intact = auditHash(row.prevHash, row).equals(row.hash)
  if (linked && intact) return undefined
  if (beforePrevious && row.prevHash.equals(beforePrevious))
    return {
      sequence: sequence - 1,
      kind: 'INSERTED',
      message: `Row ${sequence} follows row ${sequence - 2}: row ${sequence - 1} was put in between later.`,
    }
  const original = intact || !search ? undefined : writtenAs(row)
  if (original !== undefined)
    return { sequence, kind: 'REORDERED', message: `Row ${sequence} was written as row ${original}.` }
  if (!intact)
    return { sequence, kind: 'EDITED', message: `Row ${sequence} is not what was written: its hash differs.` }
  return {
    sequence,
    kind: 'EDITED',
    message: `Row ${sequence} does not follow row ${sequence - 1}: one of the two was written anew.`,
  }
}

/** Where the chain begins by what a removal of old rows has written into it. */
const begunBy = (row: ChainedRow): number | undefined => {
  const { firstSequence } = (row.action === PRUNED ? (row.after ?? {}) : {}) as { firstSequence?: unknown }
  return typeof firstSequence === 'number' ? firstSequence : undefined
}

/**
 * Walks a tenant's chain in pages, from the first row that is kept to the head, and tells every row at which
 * it breaks. It begins with row 1, or where the newest removal that stands in it says. One thing no chain can tell by itself: that its newest rows were removed *and* its head was set
 * back. Compare `head` with one that was written down elsewhere.
 */
export const verifyChain = async (reader: ChainReader): Promise<Verdict> => {
  const head = await reader.head()
  const damage: Damage[] = []
  let more = 0
  const found = (one: Damage | undefined): void => {
    if (one && damage.length < MAX_DAMAGE) damage.push(one)
    else if (one) more += 1
  }
  // Looking for a row takes up to 1,000 hashes: in a chain that is damaged all over that would be for each
  // row.
  const check = (row: ChainedRow, follows: Buffer, before?: Buffer): void =>
    found(look(row, follows, before, damage.length < MAX_DAMAGE))
  let expected = head?.firstSequence ?? 1
  let previous = head?.firstPrevHash ?? Buffer.alloc(32)
  let beforePrevious: Buffer | undefined
  let rows = 0
  let begins = 1
  let page = await reader.after(null, PAGE)
  while (page.length > 0) {
    for (const row of page) {
      const { sequence } = row
      rows += 1
      if (head && sequence < expected) {
        found({
          sequence,
          kind: 'INSERTED',
          message: `Row ${sequence} is before the first row of the chain.`,
        })
        continue
      }
      if (!head || sequence > head.sequence)
        found({ sequence, kind: 'INSERTED', message: `Row ${sequence} is past the head of the chain.` })
      else if (sequence > expected)
        found({ sequence: expected, kind: 'REMOVED', message: missing(expected, sequence - 1) })
      else check(row, previous, beforePrevious)
      // Past a gap the row is checked against itself alone: what it should follow is gone.
      if (sequence > expected && !auditHash(row.prevHash, row).equals(row.hash)) check(row, row.prevHash)
      beforePrevious = previous
      previous = row.hash
      expected = Math.max(expected, sequence + 1)
      begins = begunBy(row) ?? begins
    }
    page = await reader.after(page.at(-1)!.sequence, PAGE)
  }
  if (head && head.firstSequence > begins)
    found({
      sequence: begins,
      kind: 'REMOVED',
      message: `${missing(begins, head.firstSequence - 1)} No row tells that they were removed.`,
    })
  if (head && expected <= head.sequence)
    found({
      sequence: expected,
      kind: 'CUT_OFF',
      message: `${missing(expected, head.sequence)} The head of the chain is row ${head.sequence}.`,
    })
  else if (head && expected === head.sequence + 1 && !previous.equals(head.hash))
    found({
      sequence: head.sequence,
      kind: 'EDITED',
      message: `Row ${head.sequence} is not the one that the head of the chain knows.`,
    })
  return {
    rows,
    head: head && { sequence: head.sequence, hash: head.hash.toString('hex') },
    damage,
    more,
  }
}
