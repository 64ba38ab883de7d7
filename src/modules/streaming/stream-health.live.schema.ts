import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { stateField } from '../../graphql/live.ts'
import type { Newest } from '../../platform/bus/newest.fold.ts'
import { AppError } from '../../platform/errors.ts'
import type { StreamHealthSample } from './stream-health-sample.ts'
import { StreamHealthSampleRef } from './stream-health-sample.schema.ts'
import { Stream } from './stream.schema.ts'

const StreamHealth = builder.objectRef<Newest<StreamHealthSample>>('StreamHealth').implement({
  description: 'Health of a stream now.',
  fields: (t) => ({
    sample: t.field({
      type: StreamHealthSampleRef,
      nullable: true,
      description: 'Newest sample of the last 60 seconds; null without one.',
      resolve: ({ sample }) => sample,
    }),
    at: t.expose('at', { type: 'DateTime', description: 'Time at which it was looked at.' }),
  }),
})

stateField('streamHealth', {
  action: 'analytics:read',
  type: StreamHealth,
  description: 'Health of a stream',
  args: builder.args((t) => ({
    id: t.globalID({ for: Stream, required: true, description: 'Global id of the stream.' }),
  })),
  watch: async (context, rate, { id }) => {
    const { streams, streamHealth } = context.modules
    const stream = await streams.reads.find(tenantOf(context), { id: id.id })
    if (!stream) throw new AppError('NOT_FOUND', 'There is no such stream.')
    return streamHealth.live.streamHealth(tenantOf(context), stream.internalName, rate)
  },
})
