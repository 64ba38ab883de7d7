import { uuidv7, type TenantId } from '../../src/platform/ids.ts'

/** In how many inserts rows come that come in many: so many in CI, more by hand (`VIEWER_BLOCKS=1000`). */
export const blocksOf = (setting: string, usual: number): number => Number(process.env[setting] ?? usual)

type Fact = { readonly event_id: string; readonly time: number }
/** One insert. The same token again is the same insert. */
type Store<F extends Fact> = (tenant: TenantId, facts: readonly F[], token?: string) => Promise<void>

const inParts = <F>(facts: readonly F[], blocks: number): F[][] => {
  const size = Math.ceil(facts.length / blocks)
  return Array.from({ length: blocks }, (_, part) => facts.slice(part * size, (part + 1) * size)).filter(
    (part) => part.length > 0,
  )
}

/** The ways in which facts, given by their time, may come to be stored: none may change a number. */
export const waysToStore = <F extends Fact>(
  store: Store<F>,
  blocks: number,
): Record<string, (tenant: TenantId, facts: readonly F[]) => Promise<void>> => {
  const each = async (facts: readonly F[], work: (part: readonly F[]) => Promise<void>): Promise<void> => {
    for (const part of inParts(facts, blocks)) await work(part)
  }
  return {
    'in one block': (tenant, facts) => store(tenant, facts),
    'in many blocks': (tenant, facts) => each(facts, (part) => store(tenant, part)),
    'out of order': (tenant, facts) =>
      each(
        facts.toSorted((a, b) => (a.event_id.slice(-6) < b.event_id.slice(-6) ? -1 : 1)),
        (part) => store(tenant, part),
      ),
    'the oldest last': (tenant, facts) =>
      each(
        facts.toSorted((a, b) => b.time - a.time),
        (part) => store(tenant, part),
      ),
    'each block twice': (tenant, facts) =>
      each(facts, async (part) => {
        const token = uuidv7()
        await store(tenant, part, token)
        await store(tenant, part, token)
      }),
  }
}

/** Three of them, which say as much of rows that differ by their time alone. */
export const waysInBrief = <F extends Fact>(store: Store<F>, blocks: number) => {
  const ways = waysToStore(store, blocks)
  const names = ['in one block', 'the oldest last', 'each block twice']
  return Object.fromEntries(names.map((name) => [name, ways[name]!]))
}
