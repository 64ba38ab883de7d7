import { MAX_PAGE } from '../src/graphql/keyset.ts'

export type Page = {
  readonly edges: readonly { readonly cursor: string }[]
  readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean }
}
export type Read = (after: string | null) => Promise<Page>

const RUNS = 15

/** The median time of the page at each of those places, read in turns. */
export const inTurns = async (places: readonly (string | null)[], read: Read): Promise<string[]> => {
  const times = places.map((): number[] => [])
  for (let run = 0; run < RUNS; run += 1)
    for (const [which, place] of places.entries()) {
      const from = performance.now()
      await read(place)
      times[which]!.push(performance.now() - from)
    }
  return times.map((each) => `${each.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)]!.toFixed(1)} ms`)
}

/** Writes over and over until `stop` is called, which answers how often; throws what a write threw. */
export const writeUntilTold = (write: () => Promise<void>) => {
  const told = new AbortController()
  let turns = 0
  const going = async (): Promise<void> => {
    for (; !told.signal.aborted; turns += 1) await write()
  }
  const done = Promise.allSettled([going()])
  return async (): Promise<number> => {
    told.abort()
    const [outcome] = await done
    if (outcome.status === 'rejected') throw outcome.reason
    return turns
  }
}

/** Reads all pages of a list, one after the other: what they met of the rows that were there before, as a row. */
export const walk = async (
  name: string,
  before: readonly string[],
  read: Read,
  idOf: (cursor: string) => string,
  stop: () => Promise<number>,
): Promise<{ row: string; cursors: string[] }> => {
  const from = performance.now()
  const cursors: string[] = []
  for (let page = await read(null); ; page = await read(page.pageInfo.endCursor)) {
    for (const { cursor } of page.edges) cursors.push(cursor)
    if (!page.pageInfo.hasNextPage) break
  }
  const seconds = ((performance.now() - from) / 1000).toFixed(1)
  const written = 2 * (await stop())
  const met = new Set(cursors.map(idOf))
  const found = before.filter((id) => met.has(id)).length
  const pages = Math.ceil(cursors.length / MAX_PAGE)
  const twice = cursors.length - met.size
  const cells = [`\`${name}\``, pages, `${seconds} s`, written, before.length, found, twice]
  return { row: `| ${cells.join(' | ')} |`, cursors }
}
