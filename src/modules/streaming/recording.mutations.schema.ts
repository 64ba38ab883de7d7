import { mutation, only } from '../../graphql/mutation.ts'
import { idOf } from '../../graphql/mutation-input.ts'
import { Recording } from './recording.schema.ts'

mutation('startRecording', {
  action: 'recording:write',
  creates: true,
  description: 'Starts a recording of a stream. A stream has one running recording at most.',
  input: (t) => ({ streamId: idOf(t, 'Stream') }),
  run: (permit, { streamId }, { recordings }) => recordings.service.start(permit, streamId),
  payload: only('recording', Recording, 'The running recording.'),
})

mutation('stopRecording', {
  action: 'recording:write',
  description: 'Stops a running recording.',
  input: (t) => ({
    id: idOf(t, 'Recording'),
    sizeBytes: t.field({ type: 'BigInt', description: 'Size of the file in bytes, where it is known.' }),
    manifestPath: t.string({ description: 'Path of the manifest in the storage (1-1,000 characters).' }),
  }),
  run: (permit, input, { recordings }) => recordings.service.stop(permit, input),
  payload: only('recording', Recording, 'The finished recording.'),
})
