import { ServicePlane as planes } from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'

export const ServicePlane = builder.enumType('ServicePlane', {
  description: 'What a service is for.',
  values: {
    CONTROL: { description: 'It decides: accounts, configuration, orchestration.', value: planes.CONTROL },
    DATA: { description: 'It takes, moves or answers data.', value: planes.DATA },
    EDGE: { description: 'It works beside viewers, on edge nodes.', value: planes.EDGE },
  },
})

export const Service = builder.prismaNode('Service', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  description: 'A program that runs in several places, as instances.',
  authScopes: { action: 'infrastructure:read' },
  fields: (t) => ({
    slug: t.exposeString('slug', {
      description: "The operator's own name, by which its instances register; unique in the tenant.",
    }),
    name: t.exposeString('name', { description: 'Name for people.' }),
    plane: t.expose('plane', { type: ServicePlane, description: 'What it is for.' }),
    defaultPort: t.exposeInt('defaultPort', {
      nullable: true,
      description: 'Port of an instance that names none when it registers; null for none.',
    }),
    healthPath: t.exposeString('healthPath', {
      nullable: true,
      description: 'Path under which an instance tells its health over HTTP; null for none.',
    }),
    description: t.exposeString('description', { description: 'What it does, for people.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Creation time.' }),
  }),
})

const Services = defineList({
  model: 'Service',
  of: Service,
  items: 'services',
  filter: (is) => ({
    slug: is.text("The operator's own name."),
    name: is.text('Name.'),
    plane: is.oneOf(ServicePlane, 'What it is for.'),
  }),
  order: {
    SLUG: { by: 'slug', unique: true, description: "The operator's own name." },
    NAME: { by: 'name', description: 'Name.' },
  },
  first: ['SLUG', 'ASC'],
})
Services.root('services', {
  action: 'infrastructure:read',
  description: 'Services of the tenant.',
  rows: ({ services }) => services.reads,
})
