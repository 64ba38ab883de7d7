import { z } from 'zod'
import type { Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import { uuidv7 } from '../../platform/ids.ts'
import { isUniqueViolation } from '../../platform/postgres/errors.ts'
import { ConflictError, NotFoundError } from '../../platform/problems.ts'
import { nameOf } from '../../platform/texts.ts'
import { given, validate } from '../../platform/validate.ts'
import type { ProjectStore } from './project.store.ts'
import { slug } from './tenant.service.ts'

const name = nameOf(200)
const color = z.string().regex(/^#[0-9a-f]{6}$/i, 'expected a color as #rrggbb')
// Raw rows are kept for 90 days; an environment may only shorten that.
const retentionDays = z.number().int().min(1).max(90)

const newProject = z.object({ name, slug, color: color.nullish() })
const projectChange = z.object({ name: name.nullish(), slug: slug.nullish(), color: color.nullish() })
const newEnvironment = newProject.extend({ retentionDays: retentionDays.nullish() })
const environmentChange = projectChange.extend({ retentionDays: retentionDays.nullish() })

/** What a person keeps apart by hand: more are made by a program that should use labels. */
export const MAX_PROJECTS = 200
export const MAX_ENVIRONMENTS = 20

type Writes = Permit<'project:write'>

/** Null, and a slug that is taken, as the problems that they are. */
const toldOf = async <T>(
  what: 'project' | 'environment',
  work: Promise<T | null>,
  missing = new NotFoundError(`There is no ${what} with this id.`, ['id']),
): Promise<T> => {
  try {
    const found = await work
    if (found === null) throw missing
    return found
  } catch (error) {
    if (isUniqueViolation(error))
      throw new ConflictError(`That slug is or was another ${what}'s. Choose another.`, ['slug'])
    throw error
  }
}

/** Rules of projects and their environments. */
export const createProjectService = ({ store, clock }: { store: ProjectStore; clock: Clock }) => ({
  /** Throws ValidationError, ConflictError, LimitError. */
  create: (permit: Writes, input: z.input<typeof newProject>) => {
    const { name, slug, ...rest } = validate(newProject, input)
    return toldOf('project', store.create(permit, { id: uuidv7(), name, slug, ...given(rest) }, MAX_PROJECTS))
  },

  /** Throws ValidationError, NotFoundError, ConflictError. */
  update: (permit: Writes, id: string, input: z.input<typeof projectChange>) =>
    toldOf('project', store.update(permit, id, given(validate(projectChange, input)))),

  /** It and its environments are seen no more; its rows stay. Throws NotFoundError. */
  remove: (permit: Writes, id: string) =>
    toldOf('project', store.markDeleted(permit, id, new Date(clock.now()))),

  /** Throws ValidationError, NotFoundError, ConflictError, LimitError. */
  createEnvironment: (permit: Writes, projectId: string, input: z.input<typeof newEnvironment>) => {
    const { name, slug, ...rest } = validate(newEnvironment, input)
    const environment = { id: uuidv7(), projectId, name, slug, ...given(rest) }
    const missing = new NotFoundError('There is no project with this id.', ['projectId'])
    return toldOf('environment', store.addEnvironment(permit, environment, MAX_ENVIRONMENTS), missing)
  },

  /** Throws ValidationError, NotFoundError, ConflictError. */
  updateEnvironment: (permit: Writes, id: string, input: z.input<typeof environmentChange>) =>
    toldOf('environment', store.updateEnvironment(permit, id, given(validate(environmentChange, input)))),

  /** Throws NotFoundError. */
  removeEnvironment: (permit: Writes, id: string) =>
    toldOf('environment', store.removeEnvironment(permit, id)),
})
