import { type GraphTypes } from '../../graphql/builder.ts'
import { rowNamed } from '../../graphql/edge.ts'
import { NIL_UUID } from '../../platform/ids.ts'
import { Environment, ownProject, Project } from './tenant.schema.ts'

/** A fact's project and environment: the nil UUID, or null, for none. */
type OfProject = { readonly projectId: string | null; readonly environmentId: string | null }

const given = (id: string | null): id is string => id !== null && id !== NIL_UUID

/** The edges of a fact to its project and its environment. `what` is the fact in words: "the line". */
export const projectFields = <T extends OfProject>(
  t: PothosSchemaTypes.ObjectFieldBuilder<GraphTypes, T>,
  what: string,
) => ({
  project: t.field({
    type: Project,
    nullable: true,
    description: `Project of ${what}; null for none, and for one that is deleted.`,
    resolve: ({ projectId }, _args, context, info) =>
      given(projectId)
        ? rowNamed(context, info, context.modules.projects.reads, 'id', projectId, {
            AND: ownProject(context),
          })
        : null,
  }),
  environment: t.field({
    type: Environment,
    nullable: true,
    description: `Environment of ${what}; null for none, and for one that is deleted.`,
    resolve: ({ environmentId }, _args, context, info) => {
      if (!given(environmentId)) return null
      // The producer says it, and may say one of another project.
      const where = { project: { is: { deletedAt: null, AND: ownProject(context) } } }
      return rowNamed(context, info, context.modules.projects.environmentReads, 'id', environmentId, where)
    },
  }),
})
