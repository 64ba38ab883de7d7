import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { rowNamed } from '../../graphql/edge.ts'
import { asksClickHouseFor } from '../../graphql/limits/cost.ts'
import { needs } from '../../graphql/needs.ts'
import { EdgeNode } from './edge-node.schema.ts'
import { MAX_IN_TROUBLE, troubleFrom } from './node-trouble.rules.ts'
import type { NodeInTrouble, NodeTrouble, TroubleReason } from './node-trouble.rules.ts'

const Reason = builder.enumType('NodeTroubleReason', {
  description: 'What is wrong with an edge node.',
  values: {
    DEGRADED: { description: 'Its health is DEGRADED.' },
    UNHEALTHY: { description: 'Its health is UNHEALTHY.' },
    STALE: { description: 'It has been silent for more than 60 seconds.' },
    CPU_HIGH: { description: `The load of its processors is ${troubleFrom.cpu} % or more.` },
    MEMORY_HIGH: { description: `Its memory is in use to ${troubleFrom.memory} % or more.` },
    DISK_NEARLY_FULL: { description: `A disk is full to ${troubleFrom.disk} % or more.` },
  } as const satisfies Record<TroubleReason, { description: string }>,
})

const Trouble = builder.objectRef<NodeTrouble>('NodeTrouble').implement({
  description: 'One thing that is wrong with an edge node.',
  fields: (t) => ({
    reason: t.expose('reason', { type: Reason, description: 'What is wrong.' }),
    since: t.expose('since', {
      type: 'DateTime',
      description:
        'Since when: of a load the first of the samples that say so one after another, a day back at most.',
    }),
    percent: t.exposeFloat('percent', {
      nullable: true,
      description: 'How high the load is now, 0 to 100; null where it is the health.',
    }),
  }),
})

const InTrouble = builder.objectRef<NodeInTrouble>('NodeInTrouble').implement({
  description: 'An edge node that somebody should look at.',
  fields: (t) => ({
    nodeName: t.exposeString('nodeId', {
      description: 'Edge node, by its slug, whether or not there is such a node.',
    }),
    edgeNode: t.field({
      type: EdgeNode,
      nullable: true,
      description: 'The edge node; null when none of the tenant has this slug.',
      resolve: ({ nodeId }, _args, context, info) =>
        rowNamed(context, info, context.modules.edgeNodes.reads, 'slug', nodeId),
    }),
    since: t.expose('since', { type: 'DateTime', description: 'Since when something has been wrong.' }),
    troubles: t.field({
      type: [Trouble],
      description: 'All that is wrong.',
      extensions: { cost: { small: true, items: 4 } },
      resolve: ({ troubles }) => [...troubles],
    }),
  }),
})

builder.objectField(Analytics, 'nodesInTrouble', (t) =>
  t.field({
    type: [InTrouble],
    nullable: true,
    description: `Edge nodes that are not HEALTHY, or whose newest sample of the last 60 seconds says that they are nearly full; newest trouble first, the ${MAX_IN_TROUBLE} newest. ${needs('analytics:read')}`,
    extensions: asksClickHouseFor({ items: MAX_IN_TROUBLE }),
    authScopes: { action: 'analytics:read' },
    resolve: (_parent, _args, context) =>
      context.modules.nodeLoad.queries.nodesInTrouble(tenantOf(context), context),
  }),
)
