import { RecordingStatus as statuses } from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { Stream } from './stream.schema.ts'

export const RecordingStatus = builder.enumType('RecordingStatus', {
  description: 'State of a recording.',
  values: {
    RECORDING: { description: 'The stream is being recorded.', value: statuses.RECORDING },
    FINISHED: { description: 'Stopped; the file is complete.', value: statuses.FINISHED },
    FAILED: { description: 'Ended without a usable file.', value: statuses.FAILED },
  },
})

export const Recording = builder.prismaNode('Recording', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'A recording of a stream.',
  authScopes: { action: 'recording:read' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id }, deletedAt: null }),
  fields: (t) => ({
    status: t.expose('status', { type: RecordingStatus, description: 'State.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'Start of the recording.' }),
    endedAt: t.expose('endedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'End of the recording; null while it runs.',
    }),
    durationMs: t.expose('durationMs', {
      type: 'BigInt',
      nullable: true,
      description: 'Length in milliseconds; null while it runs.',
    }),
    sizeBytes: t.expose('sizeBytes', {
      type: 'BigInt',
      nullable: true,
      description: 'Size of the file in bytes; null until it is known.',
    }),
    manifestPath: t.exposeString('manifestPath', {
      nullable: true,
      description: 'Path of the manifest in the storage; null until there is one.',
    }),
    stream: t.field({
      type: Stream,
      nullable: true,
      description: 'The recorded stream; null once it is deleted.',
      select: (_args, _context, nested) => ({ stream: nested(true) }),
      // A relation would show what was deleted, and all below it.
      resolve: ({ stream }) => (stream.deletedAt === null ? stream : null),
    }),
  }),
})

const Recordings = defineList({
  model: 'Recording',
  of: Recording,
  items: 'recordings',
  filter: (is) => ({
    status: is.oneOf(RecordingStatus, 'State.'),
    stream: is.idOf('Stream', 'Recorded stream.'),
    startedAt: is.time('Start of the recording.'),
    endedAt: is.time('End of the recording.'),
  }),
  order: {
    STARTED_AT: { by: 'startedAt', description: 'Start of the recording.' },
    ENDED_AT: { by: 'endedAt', description: 'End of the recording; running ones come last.' },
    DURATION: { by: 'durationMs', description: 'Length; running ones come last.' },
    SIZE: { by: 'sizeBytes', description: 'Size of the file; those of unknown size come last.' },
  },
  first: ['STARTED_AT', 'DESC'],
})
Recordings.root('recordings', {
  action: 'recording:read',
  description: 'Recordings of the tenant.',
  rows: ({ recordings }) => recordings.reads,
})
Recordings.below(Stream, 'recordings', {
  action: 'recording:read',
  description: 'Recordings of the stream.',
  within: 'streamId',
  rows: ({ recordings }) => recordings.reads,
})
