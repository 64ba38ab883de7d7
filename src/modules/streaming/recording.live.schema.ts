import { tenantOf } from '../../graphql/context.ts'
import { eventField, eventType } from '../../graphql/live.ts'
import { Recording, RecordingStatus } from './recording.schema.ts'
import { recordingChangedTopic } from './recording.topics.ts'

const RecordingChanged = eventType(recordingChangedTopic, 'RecordingChanged', {
  description: 'A recording that started or ended.',
  fields: (payload, t) => ({
    status: payload('status', { type: RecordingStatus, description: 'State right after the change.' }),
    at: payload('at', { type: 'DateTime', description: 'Time of the change.' }),
    recording: t.prismaField({
      type: Recording,
      nullable: true,
      description: 'The recording as it is now.',
      resolve: (query, { payload: { recordingId } }, _args, context) =>
        context.modules.recordings.reads.find(tenantOf(context), { id: recordingId }, query),
    }),
  }),
})

eventField('recordingChanged', {
  topic: recordingChangedTopic,
  action: 'recording:read',
  type: RecordingChanged,
  union: 'RecordingUpdate',
  description: 'Every recording that starts or ends, once and in order.',
  filterName: 'RecordingChange',
  items: 'changes of recordings',
  filter: (is) => ({
    status: is.oneOf(RecordingStatus, 'State right after the change.'),
    recording: is.idOf('Recording', 'The recording.'),
    stream: is.idOf('Stream', 'The recorded stream.'),
  }),
})
