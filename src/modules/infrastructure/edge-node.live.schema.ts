import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { eventField, eventType } from '../../graphql/live.ts'
import { EdgeNode, EdgeNodeHealth, EdgeNodeMode } from './edge-node.schema.ts'
import { edgeNodeChangedTopic } from './edge-node.topics.ts'

const EdgeNodeChangeKind = builder.enumType('EdgeNodeChangeKind', {
  description: 'What happened to an edge node.',
  values: {
    REGISTERED: { description: 'It registered, for the first time or again.' },
    UPDATED: { description: 'Its name, place, size, addresses or tags were changed.' },
    HEALTH_CHANGED: { description: 'Its health became another, by what it sent or by its silence.' },
    MODE_CHANGED: { description: 'An operator set its mode.' },
    DELETED: { description: 'It was deleted.' },
  } as const,
})

const EdgeNodeChanged = eventType(edgeNodeChangedTopic, 'EdgeNodeChanged', {
  description:
    'One change of one edge node. Its own fields say how things were right after it; `edgeNode` is how they are now.',
  fields: (payload, t) => ({
    kind: payload('kind', { type: EdgeNodeChangeKind, description: 'What happened.' }),
    actor: payload('actor', { type: 'String', description: 'Person, key or program that made the change.' }),
    at: payload('at', { type: 'DateTime', description: 'Time of the change.' }),
    slug: payload('slug', { type: 'String', description: "The operator's own name of the node." }),
    healthBefore: payload('healthBefore', { type: EdgeNodeHealth, description: 'Health before the change.' }),
    health: payload('health', { type: EdgeNodeHealth, description: 'Health after the change.' }),
    modeBefore: payload('modeBefore', { type: EdgeNodeMode, description: 'Mode before the change.' }),
    mode: payload('mode', { type: EdgeNodeMode, description: 'Mode after the change.' }),
    note: payload('note', {
      type: 'String',
      nullable: true,
      description: 'Why the operator set the mode, in words; null for none.',
    }),
    edgeNode: t.prismaField({
      type: EdgeNode,
      nullable: true,
      description: 'The edge node as it is now; null once it is deleted.',
      resolve: (query, { payload: { edgeNodeId } }, _args, context) =>
        context.modules.edgeNodes.reads.find(tenantOf(context), { id: edgeNodeId }, query),
    }),
  }),
})

eventField('edgeNodeChanged', {
  topic: edgeNodeChangedTopic,
  action: 'infrastructure:read',
  type: EdgeNodeChanged,
  union: 'EdgeNodeUpdate',
  description:
    'Every change of edge nodes, also of their health, once and in order; after a cursor also those that were missed.',
  filterName: 'EdgeNodeChange',
  items: 'changes of edge nodes',
  filter: (is) => ({
    kind: is.oneOf(EdgeNodeChangeKind, 'What happened.'),
    health: is.oneOf(EdgeNodeHealth, 'Health after the change.'),
    mode: is.oneOf(EdgeNodeMode, 'Mode after the change.'),
    edgeNode: is.idOf('EdgeNode', 'The edge node.'),
    cluster: is.idOf('Cluster', 'Cluster of the node.'),
  }),
})
