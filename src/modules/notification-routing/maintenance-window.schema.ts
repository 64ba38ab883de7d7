import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { nodeOf } from '../../graphql/node-of.ts'
import { EdgeNode } from '../infrastructure/edge-node.schema.ts'
import { Stream } from '../streaming/stream.schema.ts'

export const MaintenanceWindow = builder.prismaNode('MaintenanceWindow', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'A time in which nobody is told that incidents of an edge node or of a stream fire.',
  authScopes: { action: 'silence:read' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  fields: (t) => ({
    node: t.field({
      type: EdgeNode,
      nullable: true,
      description: 'The edge node; null for a window of a stream alone.',
      select: { nodeId: true },
      resolve: ({ nodeId }, _args, context, info) => nodeOf(context, info, 'EdgeNode', nodeId),
    }),
    stream: t.field({
      type: Stream,
      nullable: true,
      description: 'The stream; null for a window of an edge node alone, and once it is deleted.',
      select: { streamId: true },
      resolve: ({ streamId }, _args, context, info) => nodeOf(context, info, 'Stream', streamId),
    }),
    startsAt: t.expose('startsAt', { type: 'DateTime', description: 'Its start.' }),
    endsAt: t.expose('endsAt', { type: 'DateTime', description: 'Its end.' }),
    comment: t.exposeString('comment', { description: 'What is done.' }),
    createdBy: t.exposeString('createdBy', {
      description: 'Name of the person, key or program that made it.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Creation time.' }),
  }),
})

const MaintenanceWindows = defineList({
  model: 'MaintenanceWindow',
  of: MaintenanceWindow,
  items: 'maintenance windows',
  filter: (is) => ({
    node: is.idOf('EdgeNode', 'The edge node.'),
    stream: is.idOf('Stream', 'The stream.'),
    comment: is.text('What is done.'),
    startsAt: is.time('Its start.'),
    endsAt: is.time('Its end: those that are not over end after now.'),
  }),
  order: {
    STARTS_AT: { by: 'startsAt', description: 'Its start.' },
    ENDS_AT: { by: 'endsAt', description: 'Its end.' },
  },
  first: ['STARTS_AT', 'DESC'],
})
MaintenanceWindows.root('maintenanceWindows', {
  action: 'silence:read',
  description: 'Maintenance windows of the tenant, those that are over too.',
  rows: ({ maintenanceWindows }) => maintenanceWindows.reads,
})
