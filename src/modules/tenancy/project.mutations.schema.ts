import { deleted, mutation, only } from '../../graphql/mutation.ts'
import { idOf } from '../../graphql/mutation-input.ts'
import { Environment, Project } from './tenant.schema.ts'

const NAME = 'Name for people (1-200 characters).'
const SLUG = 'Name in addresses: 1-63 lower-case letters, digits and dashes.'
const COLOR = 'Color in charts, as #rrggbb'
const DAYS = 'Number of days for which its telemetry is needed (1-90'

mutation('createProject', {
  action: 'project:write',
  creates: true,
  description: 'Creates a project with the environments Production, Staging and Development.',
  input: (t) => ({
    name: t.string({ required: true, description: NAME }),
    slug: t.string({ required: true, description: SLUG }),
    color: t.string({ description: `${COLOR} (default #888888).` }),
  }),
  run: (permit, input, { projects }) => projects.service.create(permit, input),
  payload: only('project', Project, 'The new project.'),
})

mutation('updateProject', {
  action: 'project:write',
  description: 'Changes those fields of a project that are given.',
  input: (t) => ({
    id: idOf(t, 'Project'),
    name: t.string({ description: NAME }),
    slug: t.string({ description: SLUG }),
    color: t.string({ description: `${COLOR}.` }),
  }),
  run: (permit, { id, ...fields }, { projects }) => projects.service.update(permit, id, fields),
  payload: only('project', Project, 'The project.'),
})

mutation('deleteProject', {
  action: 'project:write',
  description: 'Deletes a project with its environments; its telemetry stays until it expires.',
  input: (t) => ({ id: idOf(t, 'Project') }),
  run: (permit, { id }, { projects }) => projects.service.remove(permit, id),
  payload: deleted('Project'),
})

mutation('createEnvironment', {
  action: 'project:write',
  creates: true,
  description: 'Creates an environment of a project.',
  input: (t) => ({
    projectId: idOf(t, 'Project'),
    name: t.string({ required: true, description: NAME }),
    slug: t.string({ required: true, description: SLUG }),
    color: t.string({ description: `${COLOR} (default #888888).` }),
    retentionDays: t.int({ description: `${DAYS}, default 90).` }),
  }),
  run: (permit, { projectId, ...fields }, { projects }) =>
    projects.service.createEnvironment(permit, projectId, fields),
  payload: only('environment', Environment, 'The new environment.'),
})

mutation('updateEnvironment', {
  action: 'project:write',
  description: 'Changes those fields of an environment that are given.',
  input: (t) => ({
    id: idOf(t, 'Environment'),
    name: t.string({ description: NAME }),
    slug: t.string({ description: SLUG }),
    color: t.string({ description: `${COLOR}.` }),
    retentionDays: t.int({ description: `${DAYS}).` }),
  }),
  run: (permit, { id, ...fields }, { projects }) => projects.service.updateEnvironment(permit, id, fields),
  payload: only('environment', Environment, 'The environment.'),
})

mutation('deleteEnvironment', {
  action: 'project:write',
  description: 'Deletes an environment; its telemetry stays until it expires.',
  input: (t) => ({ id: idOf(t, 'Environment') }),
  run: (permit, { id }, { projects }) => projects.service.removeEnvironment(permit, id),
  payload: deleted('Environment'),
})
