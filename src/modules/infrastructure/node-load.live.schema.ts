import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { stateField } from '../../graphql/live.ts'
import type { Newest } from '../../platform/bus/newest.fold.ts'
import { AppError } from '../../platform/errors.ts'
import { EdgeNode } from './edge-node.schema.ts'
import { NodeSampleRef } from './node-sample.schema.ts'
import type { NodeSample } from './node-sample.ts'

const EdgeNodeLoad = builder.objectRef<Newest<NodeSample>>('EdgeNodeLoad').implement({
  description: 'Load of an edge node now.',
  fields: (t) => ({
    sample: t.field({
      type: NodeSampleRef,
      nullable: true,
      description: 'Newest sample of the last 60 seconds; null without one.',
      resolve: ({ sample }) => sample,
    }),
    at: t.expose('at', { type: 'DateTime', description: 'Time at which it was looked at.' }),
  }),
})

stateField('edgeNodeLoad', {
  action: 'analytics:read',
  type: EdgeNodeLoad,
  description: 'Load of an edge node',
  args: builder.args((t) => ({
    id: t.globalID({ for: EdgeNode, required: true, description: 'Global id of the edge node.' }),
  })),
  watch: async (context, rate, { id }) => {
    const { edgeNodes, nodeLoad } = context.modules
    const node = await edgeNodes.reads.find(tenantOf(context), { id: id.id })
    if (!node) throw new AppError('NOT_FOUND', 'There is no such edge node.')
    return nodeLoad.live.edgeNodeLoad(tenantOf(context), node.slug, rate)
  },
})
