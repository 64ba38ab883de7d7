import { AppError } from '../platform/errors.ts'
import type { Dataset } from './dataset.ts'
import type { ItemError } from './item-errors.ts'
import type { Parsed } from './parse.ts'

/** What a credential is held to: its items are of that project, or of that edge node, by its slug. */
export type HeldTo = { readonly kind: 'project' | 'edge node'; readonly value: string }

const fieldOf = (
  { projectField, nodeField }: Pick<Dataset, 'projectField' | 'nodeField'>,
  kind: HeldTo['kind'],
) => (kind === 'project' ? projectField : nodeField)

/** Ids of projects are UUIDs, in either case; names of nodes are as they are. */
const isSame = ({ kind, value }: HeldTo, given: string): boolean =>
  (kind === 'project' ? given.toLowerCase() : given) === value

/**
 * The items of a key that is for one project or one edge node: they are of that one, and one that says it is of
 * another is rejected. Throws FORBIDDEN for a dataset whose items are of none.
 */
export const holdTo = (
  held: HeldTo,
  { items, broken }: Parsed,
  dataset: Pick<Dataset, 'projectField' | 'nodeField'>,
): Parsed => {
  const { kind, value } = held
  const field = fieldOf(dataset, kind)
  if (field === undefined)
    throw new AppError(
      'FORBIDDEN',
      `This key is for one ${kind}, and these items belong to the whole tenant.`,
    )
  const wrong = new Map<number, ItemError>(broken)
  const kept = items.map((item, index) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item
    const given = (item as Record<string, unknown>)[field]
    if (given === undefined || given === null) return { ...item, [field]: value }
    if (typeof given !== 'string' || isSame(held, given)) return item
    const message = `${field}: this key is for another ${kind}; leave the field out`
    wrong.set(index, { code: 'INVALID_FIELD', message })
    return undefined
  })
  return { items: kept, broken: wrong }
}
