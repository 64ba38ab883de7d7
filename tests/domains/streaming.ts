import type { DomainFixture } from './fixture.ts'

export const streaming: DomainFixture = {
  nodes: { Stream: 'streams', StreamKey: 'stream_keys', Recording: 'recordings' },

  inhabit: async ({ modules, permit, word, streams }) => {
    for (const internalName of streams) {
      const { stream } = await modules.streams.service.create(permit<'stream:write'>(), {
        internalName,
        title: `${word} title`,
        description: `${word} description`,
      })
      await modules.recordings.service.start(permit<'recording:write'>(), stream.id)
    }
  },

  busy: async ({ modules, permit, tenant, word }) => {
    const [running] = await modules.recordings.reads.page(tenant, { where: { status: 'RECORDING' }, take: 1 })
    const { id, streamId } = running!
    await modules.recordings.service.stop(permit<'recording:write'>(), { id, manifestPath: word })
    await modules.recordings.service.start(permit<'recording:write'>(), streamId)
  },

  literals: ({ word, streams, id }) => ({
    'Query.streamByInternalName.internalName': JSON.stringify(streams[0]),
    // A page of 100 with all that each has costs more than an operation may.
    'Query.streams.first': '10',
    'Stream.keys.first': '2',
    'Stream.recordings.first': '2',
    'Query.recordings.first': '10',
    'Subscription.recordingChanged.after': '"0-0"',
    'Mutation.createStream.input': `{ title: "New", internalName: "new-${word}" }`,
    'Mutation.rotateStreamKey.input': `{ id: ${id('Stream')} }`,
    'Mutation.startRecording.input': `{ streamId: ${id('Stream')} }`,
    'Mutation.stopRecording.input': `{ id: ${id('Recording')} }`,
  }),

  audited: async (run) => {
    const { stream } = await run('createStream', { title: 'S' })
    await run('rotateStreamKey', { id: stream!.id })
    const { recording } = await run('startRecording', { streamId: stream!.id })
    await run('stopRecording', { id: recording!.id, sizeBytes: '1', manifestPath: 'p' })
  },
}
