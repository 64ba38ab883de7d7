import { AppError } from '../platform/errors.ts'
import type { Dataset } from './dataset.ts'
import { Unread } from './item-errors.ts'

/** What a credential is held to: its items are of that project, or of that edge node, by its slug. */
export type HeldTo = { readonly kind: 'project' | 'edge node'; readonly value: string }

const fieldOf = (
  { projectField, nodeField }: Pick<Dataset, 'projectField' | 'nodeField'>,
  kind: HeldTo['kind'],
) => (kind === 'project' ? projectField : nodeField)

/** Ids of projects are UUIDs, in either case; names of nodes are as they are. */
const isSame = ({ kind, value }: HeldTo, given: string): boolean =>
  (kind === 'project' ? given.toLowerCase() : given) === value

const held = (by: HeldTo, field: string, item: unknown): unknown => {
  if (typeof item !== 'object' || item === null || Array.isArray(item) || item instanceof Unread) return item
  const given = (item as Record<string, unknown>)[field]
  if (given === undefined || given === null) return { ...item, [field]: by.value }
  if (typeof given !== 'string' || isSame(by, given)) return item
  const message = `${field}: this key is for another ${by.kind}; leave the field out`
  return new Unread({ code: 'INVALID_FIELD', message })
}

function* eachHeld(by: HeldTo, field: string, items: Iterable<unknown>): Generator<unknown, void, undefined> {
  for (const item of items) yield held(by, field, item)
}

/**
 * The items of a key that is for one project or one edge node: they are of that one, and one that says it is of
 * another is rejected. Throws FORBIDDEN for a dataset whose items are of none.
 */
export const holdTo = (
  by: HeldTo,
  items: Iterable<unknown>,
  dataset: Pick<Dataset, 'projectField' | 'nodeField'>,
): Iterable<unknown> => {
  const field = fieldOf(dataset, by.kind)
  if (field !== undefined) return eachHeld(by, field, items)
  throw new AppError(
    'FORBIDDEN',
    `This key is for one ${by.kind}, and these items belong to the whole tenant.`,
  )
}
