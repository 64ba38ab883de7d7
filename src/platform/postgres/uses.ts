import { ConflictError } from '../problems.ts'
import type { TenantId } from '../ids.ts'
import type { PrismaTransaction } from './run.ts'

/** What uses a thing: `the rule "High errors"`. */
export type Use = { readonly what: string; readonly name: string }
/** What a domain has that uses a thing of another, by its id and its name. */
export type UsesOf = (
  tx: PrismaTransaction,
  tenant: TenantId,
  thing: { readonly id: string; readonly name: string },
) => Promise<readonly Use[]>

/** So many are named; the rest is a number. */
const NAMED = 3

const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)!}`

/** Throws ConflictError that names who uses a thing, if anybody does. `what` is "channel". */
export const requireUnused = (
  what: string,
  { name }: { readonly name: string },
  uses: readonly Use[],
): void => {
  if (uses.length === 0) return
  const named = uses.slice(0, NAMED).map((use) => `the ${use.what} "${use.name}"`)
  const more = uses.length - named.length
  const words = list(more > 0 ? [...named, `${more} more`] : named)
  throw new ConflictError(`The ${what} "${name}" is used by ${words}. Take it from them first.`, ['id'])
}

/** All that any of several domains answers. */
export const usesOfAny =
  (...domains: readonly UsesOf[]): UsesOf =>
  async (tx, tenant, thing) => {
    const uses: Use[] = []
    for (const usesOf of domains) uses.push(...(await usesOf(tx, tenant, thing)))
    return uses
  }
