import { AppError } from '../platform/errors.ts'
import type { Dataset } from './dataset.ts'
import type { ItemError } from './item-errors.ts'
import type { Parsed } from './parse.ts'

/**
 * The items of a key that is for one project: they are of that project, and one that says it is of another is
 * rejected. Throws FORBIDDEN for a dataset whose items belong to the whole tenant.
 */
export const holdToProject = (
  { items, broken }: Parsed,
  { projectField }: Pick<Dataset, 'projectField'>,
  project: string,
): Parsed => {
  if (projectField === undefined)
    throw new AppError(
      'FORBIDDEN',
      'This key is for one project, and these items belong to the whole tenant.',
    )
  const wrong = new Map<number, ItemError>(broken)
  const held = items.map((item, index) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item
    const given = (item as Record<string, unknown>)[projectField]
    if (given === undefined || given === null) return { ...item, [projectField]: project }
    if (typeof given !== 'string' || given.toLowerCase() === project) return item
    const message = `${projectField}: this key is for another project; leave the field out`
    wrong.set(index, { code: 'INVALID_FIELD', message })
    return undefined
  })
  return { items: held, broken: wrong }
}
