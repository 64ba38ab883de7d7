import { builder } from '../../graphql/builder.ts'
import { permitOf } from '../../graphql/context.ts'
import { encodeGlobalID } from '../../graphql/global-id.ts'
import { problems } from '../../graphql/problems.ts'
import { Environment, Project } from './tenant.schema.ts'

const DeletedProject = builder.objectRef<{ id: string }>('DeletedProject').implement({
  description: 'A project that is seen no more. Its rows stay.',
  fields: (t) => ({
    id: t.id({ description: 'Its global id.', resolve: ({ id }) => encodeGlobalID('Project', id) }),
  }),
})
const DeletedEnvironment = builder.objectRef<{ id: string }>('DeletedEnvironment').implement({
  description: 'An environment that is no more.',
  fields: (t) => ({
    id: t.id({ description: 'Its global id.', resolve: ({ id }) => encodeGlobalID('Environment', id) }),
  }),
})

const text = {
  name: 'Name for people; 1 to 200 characters.',
  slug: 'Name in addresses: 1 to 63 lower-case letters, digits and dashes.',
  color: 'Color in charts, as #rrggbb.',
  retentionDays: 'Days that its telemetry is needed for, 1 to 90; what is older may be removed.',
}

builder.mutationFields((t) => {
  const made = {
    name: t.arg.string({ required: true, description: text.name }),
    slug: t.arg.string({ required: true, description: text.slug }),
    color: t.arg.string({ description: text.color }),
  }
  const changed = {
    name: t.arg.string({ description: text.name }),
    slug: t.arg.string({ description: text.slug }),
    color: t.arg.string({ description: text.color }),
  }
  const retentionDays = t.arg.int({ description: text.retentionDays })
  const projectId = t.arg.globalID({ for: Project, required: true, description: 'Which project.' })
  const environmentId = t.arg.globalID({
    for: Environment,
    required: true,
    description: 'Which environment.',
  })
  const common = { errors: { types: problems }, authScopes: { action: 'project:write' as const } }
  return {
    createProject: t.field({
      ...common,
      type: Project,
      description:
        'Makes a project with Production, Staging and Development. Needs the scope write or the role admin.',
      args: made,
      resolve: (_root, input, context) =>
        context.modules.projects.service.create(permitOf(context, 'project:write'), input),
    }),
    updateProject: t.field({
      ...common,
      type: Project,
      description: 'Changes what is given of a project. Needs the scope write or the role admin.',
      args: { id: projectId, ...changed },
      resolve: (_root, { id, ...input }, context) =>
        context.modules.projects.service.update(permitOf(context, 'project:write'), id.id, input),
    }),
    deleteProject: t.field({
      ...common,
      type: DeletedProject,
      description: 'Hides a project and its environments for good. Needs the scope write or the role admin.',
      args: { id: projectId },
      resolve: (_root, { id }, context) =>
        context.modules.projects.service.remove(permitOf(context, 'project:write'), id.id),
    }),
    createEnvironment: t.field({
      ...common,
      type: Environment,
      description: 'Makes an environment of a project. Needs the scope write or the role admin.',
      args: { projectId, ...made, retentionDays },
      resolve: (_root, { projectId, ...input }, context) =>
        context.modules.projects.service.createEnvironment(
          permitOf(context, 'project:write'),
          projectId.id,
          input,
        ),
    }),
    updateEnvironment: t.field({
      ...common,
      type: Environment,
      description: 'Changes what is given of an environment. Needs the scope write or the role admin.',
      args: { id: environmentId, ...changed, retentionDays },
      resolve: (_root, { id, ...input }, context) =>
        context.modules.projects.service.updateEnvironment(permitOf(context, 'project:write'), id.id, input),
    }),
    deleteEnvironment: t.field({
      ...common,
      type: DeletedEnvironment,
      description:
        'Removes an environment; its telemetry stays until it expires. Needs the scope write or the role admin.',
      args: { id: environmentId },
      resolve: (_root, { id }, context) =>
        context.modules.projects.service.removeEnvironment(permitOf(context, 'project:write'), id.id),
    }),
  }
})
