import { defineList } from '../../graphql/list.ts'
import { MAX_ENVIRONMENTS, MAX_PROJECTS } from './project.service.ts'
import { Environment, ownProject, Project, Tenant } from './tenant.schema.ts'

const Projects = defineList({
  model: 'Project',
  of: Project,
  items: 'projects',
  filter: (is) => ({
    name: is.text('Name.'),
    slug: is.text('Name in addresses.'),
    createdAt: is.time('Creation time.'),
  }),
  order: {
    CREATED_AT: { by: 'createdAt', description: 'Creation time.' },
    NAME: { by: 'name', description: 'Name.' },
  },
  first: ['CREATED_AT', 'ASC'],
})
Projects.root('projects', {
  action: 'tenant:read',
  description: 'Projects of the tenant, or the one that the key is for.',
  rows: ({ projects }) => projects.reads,
  where: ownProject,
})
Projects.below(Tenant, 'projects', {
  description: 'Projects of the tenant, or the one that the key is for.',
  within: 'tenantId',
  most: MAX_PROJECTS,
  rows: ({ projects }) => projects.reads,
  where: ownProject,
})

const Environments = defineList({
  model: 'Environment',
  of: Environment,
  items: 'environments',
  filter: (is) => ({
    name: is.text('Name.'),
    slug: is.text('Name in addresses.'),
    retentionDays: is.number('Number of days for which telemetry is needed.'),
    createdAt: is.time('Creation time.'),
  }),
  order: { CREATED_AT: { by: 'createdAt', description: 'Creation time.' } },
  first: ['CREATED_AT', 'ASC'],
})
Environments.below(Project, 'environments', {
  description: 'Environments of the project.',
  within: 'projectId',
  most: MAX_ENVIRONMENTS,
  rows: ({ projects }) => projects.environmentReads,
})
